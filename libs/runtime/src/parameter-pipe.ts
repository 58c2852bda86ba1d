import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { jsonPointer, shownName } from '#kernel';
import { Problem, type ProblemError } from './problem.js';

/** Validates DTO classes of query, path and body; unknown members are refused, so that a misspelled one does not go unnoticed. */
export function parameterPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (faults) => {
      const errors = faults.flatMap((fault) => errorsOf(fault, ''));
      return new Problem('invalid-parameter', errors[0]?.detail ?? 'A parameter is not valid.', {
        errors,
      });
    },
  });
}

function errorsOf(fault: ValidationError, parent: string): ProblemError[] {
  const name = shownName(fault.property);
  const pointer = `${parent}${jsonPointer(name)}`;
  const { whitelistValidation: unknown, ...broken } = fault.constraints ?? {};
  const details = Object.values(broken);
  if (unknown !== undefined) details.unshift(`property ${name} should not exist`);
  const own = details.map((detail): ProblemError => ({
    pointer,
    code: 'invalid-parameter',
    detail,
  }));
  return [...own, ...(fault.children ?? []).flatMap((child) => errorsOf(child, pointer))];
}
