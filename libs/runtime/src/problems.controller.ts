import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ERRORS } from '#contracts';
import { isErrorCode, Problem } from './problem.js';
import { Public } from './request.js';

/** The pages that the `type` of every problem points to. */
@ApiExcludeController()
@Public()
@Controller('problems')
export class ProblemsController {
  @Get()
  list(): unknown {
    return { items: Object.entries(ERRORS).map(([code, spec]) => ({ code, ...spec })), next: null };
  }

  @Get(':code')
  @Header('content-type', 'text/html; charset=utf-8')
  page(@Param('code') code: string): string {
    if (!isErrorCode(code))
      throw new Problem('not-found', 'There is no such error code; /problems lists them.');
    const { status, title, help } = ERRORS[code];
    return [
      '<!doctype html><html lang="en"><meta charset="utf-8">',
      `<title>${code}</title><body style="font:16px system-ui;max-width:40em;margin:3em auto">`,
      `<h1><code>${code}</code> (${status})</h1><p>${escape(title)}.</p><p>${escape(help)}</p></body></html>`,
    ].join('');
  }
}

function escape(text: string): string {
  return text
    .replace(/[&<>]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/`([^`]*)`/g, '<code>$1</code>');
}
