import { DEFAULT, listModels, SHIPPED } from '../../../engine/bundle/library.ts';
import { MarginaliaError } from '../../../../shared/errors.ts';

/** Letters and digits of any script, with signs in between that every file system takes. */
const NAME = /^[\p{L}\p{N}]([\p{L}\p{N} ._+-]{0,78}[\p{L}\p{N}_+-])?$/u;
/** What Windows keeps for devices, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Throws unless a new model of the library may be called so.
 * @throws MarginaliaError `bad-model-name`, `model-exists`
 */
export function requireNewName(name: string): void {
  if (!NAME.test(name) || DEVICE.test(name)) {
    throw new MarginaliaError(
      'bad-model-name',
      `A model cannot be called “${name}”.`,
      'Use letters, digits, spaces and . _ + -, up to 80 of them, with a letter or digit at the beginning.',
    );
  }
  if (name === DEFAULT || name === SHIPPED) {
    throw new MarginaliaError(
      'bad-model-name',
      `A model cannot be called “${name}”: that means one of those that are there.`,
      'Choose another name; any model can be made the default afterwards.',
    );
  }
  // Some file systems take BUSI and busi for one name.
  const folded = name.toLowerCase();
  if (!listModels().some((model) => model.name.toLowerCase() === folded)) return;
  throw new MarginaliaError(
    'model-exists',
    `There is a model called ${name} already.`,
    'Choose another name, or remove that model first.',
  );
}
