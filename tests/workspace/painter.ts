/**
 * Works through the day of session.ts from where the workspace stands, and says how many changes
 * are done after each step, until it is killed: for kill.test.ts.
 */
import { writeSync } from 'node:fs';
import { openWorkspace } from '../../src/main/workspace/index.ts';
import { beginDay, changesIn, imaginedDay, takeStep } from './session.ts';

const workspace = openWorkspace(process.argv[2]!, { user: 'painter' });
beginDay(workspace);
const day = imaginedDay();
const done = changesIn(workspace);
while (day.changes < done) day.take();
for (;;) {
  takeStep(workspace, day.next);
  day.take();
  writeSync(1, `${day.changes}\n`);
}
