import { Command, CommanderError } from 'commander';
import { toErrorInfo, UsageError } from '../shared/errors.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerEval } from './commands/eval.ts';
import { registerExport } from './commands/export.ts';
import { registerLearn } from './commands/learn.ts';
import { registerModel } from './commands/model.ts';
import { registerPhantom } from './commands/phantom.ts';
import { registerSegment } from './commands/segment.ts';
import { registerSeries } from './commands/series.ts';
import { registerServe } from './commands/serve.ts';
import { registerSimulate } from './commands/simulate.ts';
import { registerStart } from './commands/start.ts';
import { registerVersions } from './commands/versions.ts';

const program = new Command('marginalia')
  .description('Label medical images with text prompts, and see the doubt. Research use only.')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(plainUsageError(text)) })
  .showHelpAfterError('  hint: Add --help to see what the command takes.');

// The reader of a pipe (head, a pager) may have seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

registerDemo(program);
registerDoctor(program);
registerEval(program);
registerExport(program);
registerLearn(program);
registerModel(program);
registerPhantom(program);
registerSegment(program);
registerSeries(program);
registerServe(program);
registerSimulate(program);
registerStart(program);
registerVersions(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    const { message, hint } = toErrorInfo(error);
    process.stderr.write(
      `marginalia: ${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`,
    );
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** “error: unknown command 'modle'⏎(Did you mean model?)” as all errors are written, on one line. */
function plainUsageError(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
  return `marginalia: ${line}\n`;
}
