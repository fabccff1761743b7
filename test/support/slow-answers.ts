/** For `node --import`: every answer of the process holds it up for this long, which makes it as slow as a far slower machine. */
export function slowAnswers(answerMs: number): string {
  return `data:text/javascript,${encodeURIComponent(`
import net from 'node:net';
const { write } = net.Socket.prototype;
const still = new Int32Array(new SharedArrayBuffer(4));
net.Socket.prototype.write = function (chunk, ...rest) {
  if (chunk.length > 150) {
    Atomics.wait(still, 0, 0, ${answerMs});
  }
  return write.call(this, chunk, ...rest);
};`)}`;
}
