import type { Command } from 'commander';
import { examineMachine } from '../../main/services/engine/index.ts';
import { VERSION } from '../version.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine offers: versions, devices, memory, models')
    .action(async () => {
      for await (const section of examineMachine(VERSION)) console.log(section);
    });
}
