export { deadLetterParts } from './dead-letters.controller.js';
