/** Writes one file, then waits to be killed within the second: what atomic.test.ts needs. */
import { writeFiles } from '../../src/main/export/atomic.ts';

async function* stuck(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  process.stdout.write('waiting\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

await writeFiles(process.argv[2]!, [
  { name: 'whole.txt', atMost: 5, content: () => [Buffer.from('whole')] },
  { name: 'half.txt', atMost: 4, content: stuck },
]);
