import { ConfigurationFault } from '#runtime';
import { isFault } from '#kernel';

/** Exit codes of every command, after sysexits.h where it has one. */
export const EXIT = {
  done: 0,
  /** Something failed that is none of the below. */
  failed: 1,
  /** Done, but some records were rejected; the summary names them. */
  rejections: 2,
  /** `verify`, or a dry run of `replay`: what is kept differs from what follows from the archive. */
  different: 3,
  /** Wrong command line. */
  usage: 64,
  /** The file or the mapping cannot be read as such. */
  badInput: 65,
  noInput: 66,
  /** No answer from the server, the log or the database. */
  unavailable: 69,
  /** The key is missing, unknown, or does not allow this. */
  noPermission: 77,
  configuration: 78,
} as const;

export const EXIT_HELP = `
Exit codes: 0 done · 1 failed · 2 done, with rejected records · 3 verified and different · 64 usage · 65 bad input · 66 no such file ·
69 server, log or database not available · 77 key missing or not allowed · 78 configuration · 130 interrupted
`;

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationFault) return EXIT.configuration;
  if (isFault(error)) return byCode(error.code);
  return (error as { code?: string } | undefined)?.code === 'ENOENT' ? EXIT.noInput : EXIT.failed;
}

function byCode(code: string): number {
  switch (code) {
    case 'unauthenticated':
    case 'forbidden':
      return EXIT.noPermission;
    case 'unavailable':
    case 'overloaded':
      return EXIT.unavailable;
    case 'invalid-parameter':
    case 'malformed-json':
    case 'no-valid-interaction':
    case 'conflict':
    case 'replay-under-way':
    case 'rules-need-replay':
    case 'not-found':
      return EXIT.badInput;
    default:
      return EXIT.failed;
  }
}
