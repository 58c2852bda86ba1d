import { newCommand } from '../new-command.js';
export function demo() {
  return newCommand('demo', 'x');
}
