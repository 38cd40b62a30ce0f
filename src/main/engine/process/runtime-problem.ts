import { MarginaliaError } from '../../../shared/errors.ts';

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Of the operating system's kernel. */
  readonly release: string;
}

/** Darwin 23 is macOS 14, the oldest that ONNX Runtime is built for. */
const OLDEST_DARWIN = 23;

/**
 * Why ONNX Runtime could not be loaded, and the way out, from the error of its import. Known cases:
 * its Windows libraries need Microsoft's C++ runtime (microsoft/onnxruntime#18971); since 1.24 there
 * are none for Macs with Intel processors, and those for others need macOS 14.
 */
export function runtimeProblem(error: unknown, machine: Machine): MarginaliaError {
  const said = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const [message, hint] = explain(said, code, machine);
  return new MarginaliaError('no-runtime', message, hint, { cause: error });
}

function explain(
  said: string,
  code: unknown,
  { platform, arch, release }: Machine,
): readonly [message: string, hint: string] {
  const isOurs = said.includes('onnxruntime');
  if (platform === 'darwin' && arch === 'x64' && isOurs) {
    return [
      'The model cannot run: ONNX Runtime has no libraries for Macs with an Intel processor.',
      'On a Mac with an Apple processor, install Node for arm64, then run `npm ci` again. On an Intel Mac, label without suggestions, or open the page of a `marginalia serve` on another machine.',
    ];
  }
  // Windows says in the user's language that a module was not found, but not which one.
  if (platform === 'win32' && code === 'ERR_DLOPEN_FAILED') {
    return [
      'The model cannot run: ONNX Runtime could not be loaded, most likely because Microsoft’s Visual C++ runtime is not installed.',
      `Install the “Visual C++ Redistributable” for ${arch} from Microsoft (https://aka.ms/vs/17/release/vc_redist.${arch}.exe), then start Marginalia again.`,
    ];
  }
  if (platform === 'darwin' && code === 'ERR_DLOPEN_FAILED' && majorOf(release) < OLDEST_DARWIN) {
    return [
      'The model cannot run: ONNX Runtime needs macOS 14 or newer.',
      'Update macOS. Until then, label without suggestions, or open the page of a `marginalia serve` on another machine.',
    ];
  }
  if (code === 'MODULE_NOT_FOUND' && isOurs) {
    return [
      `The model cannot run: ONNX Runtime has no library for ${platform} ${arch} here.`,
      'Run `npm ci` on this machine: packages installed on another system lack its libraries.',
    ];
  }
  return [
    `The model cannot run: ONNX Runtime could not be loaded (${firstLine(said)}).`,
    'Run `npm ci` again; if it stays so, `marginalia doctor` says what this machine offers.',
  ];
}

const majorOf = (release: string): number => Number(release.split('.')[0]);
const firstLine = (text: string): string => (text.split('\n')[0] ?? '').trim().slice(0, 300);
