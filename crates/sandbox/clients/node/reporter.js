// Prints results like cargo's tests, so that one program can count both.
import { inspect } from 'node:util';

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, ignored: 0 };
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const word = data.skip || data.todo ? 'ignored' : type === 'test:pass' ? 'passed' : 'failed';
    counts[word] += 1;
    yield `test ${data.name} ... ${word}\n`;
    if (word === 'failed') yield `${indented(data.details.error)}\n`;
    if (data.skip) yield `${indented(data.skip)}\n`;
  }
  const verdict = counts.failed ? 'FAILED' : 'ok';
  const { passed, failed, ignored } = counts;
  yield `\ntest result: ${verdict}. ${passed} passed; ${failed} failed; ${ignored} ignored\n`;
}

function indented(what) {
  const text = typeof what === 'string' ? what : inspect(what?.cause ?? what);
  return text.replace(/^/gm, '    ');
}
