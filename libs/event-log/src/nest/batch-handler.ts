import { applyDecorators, Catch, UseFilters } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';

export interface BatchHandlerOptions {
  /** Consumer group; one handler a group in a process. */
  readonly group: string;
  readonly topics: readonly string[];
  readonly batchSizeMax?: number;
  readonly gatherMs?: number;
}

/** Nest turns what a handler throws into plain text; the log needs the error itself, to report it and to redeliver. */
@Catch()
class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Marks a controller method that takes one `RecordBatch`. It must resolve only when effect and offsets are stored; when it
 * throws, the same records come again.
 */
export function BatchHandler(options: BatchHandlerOptions): MethodDecorator {
  const pattern = EventPattern(options.group, { batchHandler: options }) as MethodDecorator;
  return applyDecorators(pattern, UseFilters(new RethrowFilter()));
}
