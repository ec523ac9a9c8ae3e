/** One runtime, one holder: a queue is all it takes. */
export { createQueue as createLock } from '../engine/lock';
