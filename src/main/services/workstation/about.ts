import { probeDevices, type DeviceReport } from '../../engine/runtime/devices.ts';
import type { Device } from '../../engine/runtime/session.ts';
import { RESEARCH_NOTICE } from '../../export/provenance.ts';
import { examineMachine, onnxRuntimeVersion } from '../engine/index.ts';
import type { Host, CallHandlers } from '../session/index.ts';

type Calls = Pick<
  CallHandlers,
  | 'app.about'
  | 'app.doctor'
  | 'devices.inUse'
  | 'devices.list'
  | 'menu.show'
  | 'paths.choose'
  | 'paths.list'
>;

/**
 * What the application and the machine are, and where the user may choose files.
 * @param deviceInUse where the model runs, or would.
 */
export function createAbout(
  host: Host,
  deviceInUse: () => Promise<Device>,
): { readonly calls: Calls } {
  /** Tried once: what a machine has does not change. */
  let devices: Promise<readonly DeviceReport[]> | undefined;
  const probe = (): Promise<readonly DeviceReport[]> =>
    (devices ??= probeDevices({ spawn: host.spawnEngine }));

  return {
    calls: {
      'app.about': () => ({
        version: host.version,
        node: process.version.slice(1),
        onnxruntime: onnxRuntimeVersion(),
        electron: host.electron,
        platform: `${process.platform} ${process.arch}`,
        host: host.kind,
        notice: RESEARCH_NOTICE,
      }),
      async 'app.doctor'() {
        const sections: string[] = [];
        for await (const section of examineMachine(host.version, probe)) sections.push(section);
        return { report: sections.join('\n') };
      },
      'devices.inUse': async () => ({ device: await deviceInUse() }),
      async 'devices.list'() {
        const reports = await probe();
        const available = reports.map(({ device, ...report }) => ({
          device,
          available: report.usable,
          reason: report.usable ? '' : report.reason,
        }));
        return [{ device: 'auto' as const, available: true, reason: '' }, ...available];
      },
      'menu.show': ({ items }) => {
        host.showMenu?.(items);
        return {};
      },
      'paths.choose': (input) => host.choosePaths(input),
      'paths.list': ({ path }) => host.listPaths(path),
    },
  };
}
