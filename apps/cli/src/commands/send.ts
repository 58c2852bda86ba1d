import { AS_IS } from '../domain/mapping.js';
import { act, newCommand } from '../new-command.js';
import { transfer, type TransferOptions, withTransfer } from './import.js';

export function send() {
  return withTransfer(newCommand('send', 'Post interactions, one JSON object a line'))
    .argument('<file.ndjson>')
    .action(
      act<TransferOptions>((terminal, options, path = '') =>
        transfer(terminal, { ...options, path, mapping: AS_IS }),
      ),
    );
}
