import type { Command } from 'commander';
import { openSession, type Session } from '../../main/services/workstation/index.ts';
import { defaultWorkspaceFolder, openWorkspace } from '../../main/workspace/index.ts';
import { UsageError } from '../../shared/errors.ts';
import { commandHost, EVERYWHERE } from '../host.ts';
import { table } from '../output.ts';

interface Options {
  readonly workspace: string;
  readonly json?: boolean;
}

type Calls = Session['calls'];
type ModelInfo = Awaited<ReturnType<Calls['models.info']>>;

/** Does what the model panel of the window does, with the same session. */
export function registerVersions(program: Command): void {
  const versions = program
    .command('versions')
    .description('learned adapters of a workspace: list, use, rename, export, import, remove');
  const add = (name: string, description: string): Command =>
    versions
      .command(name)
      .description(description)
      .option(
        '--workspace <dir>',
        'folder of labels, settings and learned adapters',
        defaultWorkspaceFolder(),
      )
      .option('--json', 'machine-readable result');

  add('list', 'what was learned for the model of the workspace, the oldest first').action(
    (options: Options) => on(options, (calls) => calls['models.info']({})),
  );
  add('use', 'suggest with a version from now on')
    .argument('<version>', 'its id, or base for the model as it came', parseVersionOrBase)
    .action((version: string | null, options: Options) =>
      on(options, (calls) => calls['versions.use']({ version })),
    );
  add('rename', 'give a version another name')
    .argument('<version>', 'its id', parseVersion)
    .argument('<name>')
    .action((version: string, name: string, options: Options) =>
      on(options, (calls) => calls['versions.rename']({ version, name })),
    );
  add('export', 'write a version into a folder: adapters.safetensors and lineage.json')
    .argument('<version>', 'its id', parseVersion)
    .argument('<folder>', 'that holds none yet')
    .action((version: string, folder: string, options: Options) =>
      on(options, async (calls) => {
        await calls['versions.export']({ version, folder });
        return calls['models.info']({});
      }),
    );
  add('import', 'take over what was exported, or what `learn` wrote')
    .argument('<folder>')
    .action((folder: string, options: Options) =>
      on(options, (calls) => calls['versions.import']({ folder })),
    );
  add('remove', 'delete a version; if it is in use, the model is used as it came')
    .argument('<version>', 'its id', parseVersion)
    .action((version: string, options: Options) =>
      on(options, (calls) => calls['versions.remove']({ version })),
    );
}

function parseVersion(value: string): string {
  if (/^[0-9a-f]{12}$/.test(value)) return value;
  throw new UsageError(
    `“${value}” is no id of a version.`,
    'It has twelve digits and letters from a to f: see `marginalia versions list`.',
  );
}

const parseVersionOrBase = (value: string): string | null =>
  value === 'base' ? null : parseVersion(value);

async function on(
  options: Options,
  work: (calls: Calls) => Promise<ModelInfo> | ModelInfo,
): Promise<void> {
  const session = openSession(commandHost(EVERYWHERE), openWorkspace(options.workspace));
  try {
    print(await work(session.calls), options);
  } finally {
    await session.close();
  }
}

function print({ name, versions, current }: ModelInfo, { json }: Options): void {
  if (json) {
    console.log(JSON.stringify({ model: name, current, versions }));
    return;
  }
  if (versions.length === 0) {
    console.log(`Nothing was learned for ${name} yet.`);
    return;
  }
  const dice = (score: { readonly dice: number } | null): string => score?.dice.toFixed(3) ?? '–';
  console.log(
    table(
      ['in use', 'version', 'name', 'learned', 'slices', 'Dice before', 'after'],
      versions.map((v) => [
        v.id === current ? '*' : '',
        v.id,
        v.name,
        v.created.slice(0, 10),
        String(v.slices.training + v.slices.validation),
        dice(v.before),
        dice(v.after),
      ]),
    ),
  );
}
