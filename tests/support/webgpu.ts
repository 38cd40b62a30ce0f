import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The software Vulkan driver of Debian's chromium package: slow, but the real WebGPU path. */
const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Prepares this process for WebGPU tests and tells why they cannot run, undefined where they can.
 * Whether an adapter is there is found out in a process of its own, since probing may crash.
 */
export async function webgpuMissing(): Promise<string | undefined> {
  if (process.env['VK_ICD_FILENAMES'] === undefined && existsSync(SOFTWARE_DRIVER)) {
    process.env['VK_ICD_FILENAMES'] = SOFTWARE_DRIVER;
    process.env['XDG_RUNTIME_DIR'] ??= '/tmp';
  }
  const probe = `
    import { createSession } from './src/main/engine/runtime/session.ts';
    import { emit, input, mul } from './src/main/engine/tensor/index.ts';
    const x = input('x', [2]);
    const session = await createSession({ y: mul(x, x) }, { device: 'webgpu' });
    const { y } = await session.run({ x: { data: Float32Array.of(2, 3), dims: [2] } });
    process.exit(y[1] === 9 ? 0 : 1);`;
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', probe],
    { timeout: 60_000, stdio: 'ignore' },
  );
  return status === 0
    ? undefined
    : 'no WebGPU adapter (Debian packages chromium and libvulkan1 give a software one)';
}
