// Holds the folders and arrows of ARCHITECTURE.md: arrows point one way.
/** @param {string} name @param {string} from @param {string} to @param {string} why */
const forbid = (name, from, to, why) => ({
  name,
  severity: 'error',
  comment: why,
  from: { path: from },
  to: { path: to },
});

const ELECTRON = '^electron$|(^|/)node_modules/electron/';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    forbid(
      'shared-is-pure',
      '^src/shared',
      '^src/(main|cli|renderer|preload)',
      'shared imports no other folder',
    ),
    {
      name: 'shared-is-portable',
      severity: 'error',
      comment: 'shared runs in every process, the browser included',
      from: { path: '^src/shared', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    forbid(
      'tensor-knows-no-clip',
      '^src/main/engine/tensor',
      '^src/main/(?!engine/tensor)',
      'tensor does not depend on the model',
    ),
    forbid(
      'engine-is-alone',
      '^src/main/engine',
      '^src/main/(dicom|volume-files|picture-files|files|images|export|workspace|services|desktop|web)',
      'the engine does arithmetic only',
    ),
    forbid(
      'dicom-is-a-leaf',
      '^src/main/dicom',
      '^src/main/(?!dicom|files)',
      'DICOM reading depends on shared and files only',
    ),
    forbid(
      'volume-files-is-a-leaf',
      '^src/main/volume-files',
      '^src/main/(?!volume-files|files)',
      'reading volumes depends on shared and files only',
    ),
    forbid(
      'picture-files-is-a-leaf',
      '^src/main/picture-files',
      '^src/main/(?!picture-files|files)',
      'reading pictures depends on shared and files only',
    ),
    forbid('files-is-a-leaf', '^src/main/files', '^src/main/(?!files|zip)', 'files know no format'),
    forbid('zip-is-a-leaf', '^src/main/zip', '^src/main/(?!zip)', 'a zip is bytes'),
    {
      name: 'dicom-behind-the-readers',
      severity: 'error',
      comment:
        'everybody else speaks of images and frames (shared/image); what only DICOM has comes through the reader',
      from: { path: '^src', pathNot: '^src/main/(dicom/|images/readers\\.ts$)' },
      to: { path: '^src/main/dicom' },
    },
    {
      name: 'volume-files-behind-the-readers',
      severity: 'error',
      comment: 'what others use of it, images/index.ts offers',
      from: { path: '^src', pathNot: '^src/main/(volume-files/|images/(readers|index)\\.ts$)' },
      to: { path: '^src/main/volume-files' },
    },
    {
      name: 'picture-files-behind-the-readers',
      severity: 'error',
      comment: 'what others use of it, images/index.ts offers',
      from: { path: '^src', pathNot: '^src/main/(picture-files/|images/(readers|index)\\.ts$)' },
      to: { path: '^src/main/picture-files' },
    },
    forbid(
      'images-are-read-alone',
      '^src/main/images',
      '^src/main/(?!images|dicom|volume-files|picture-files|files)',
      'readers know nobody who asks them',
    ),
    forbid(
      'export-is-a-leaf',
      '^src/main/export',
      '^src/main/(?!export)',
      'exports depend on shared only',
    ),
    forbid(
      'workspace-is-a-leaf',
      '^src/main/workspace',
      '^src/main/(?!workspace)',
      'the store depends on shared only',
    ),
    {
      name: 'features-by-their-index',
      severity: 'error',
      comment: 'what a feature offers to others stands in its index.ts',
      from: { path: '^src/main/services/([a-z]+)/' },
      to: {
        path: '^src/main/services/[a-z]+/',
        pathNot: '^src/main/services/(async/|$1/|[a-z]+/index\\.ts$)',
      },
    },
    {
      name: 'services-by-their-index',
      severity: 'error',
      comment: 'hosts and the command use what a feature offers in its index.ts',
      from: { path: '^src/(cli|main/(?!services))' },
      to: { path: '^src/main/services/[a-z]+/', pathNot: '/index\\.ts$' },
    },
    forbid(
      'main-knows-no-host',
      '^src/main',
      '^src/(cli|renderer|preload)',
      'services do not know who calls them',
    ),
    {
      name: 'electron-in-one-folder',
      severity: 'error',
      comment: 'everything else runs without it',
      from: { pathNot: '^src/(main/desktop|preload)/' },
      to: { path: ELECTRON },
    },
    {
      name: 'preload-is-thin',
      severity: 'error',
      comment: 'a sandboxed script that can load nothing',
      from: { path: '^src/preload' },
      to: { path: '.', pathNot: `^src/shared/contract/|${ELECTRON}` },
    },
    forbid('desktop-without-web', '^src/main/desktop', '^src/main/web', 'a session has one host'),
    forbid(
      'nobody-imports-the-desktop',
      '^src/(cli|main/(?!desktop|index))',
      '^src/main/desktop',
      'only the composition root does',
    ),
    forbid(
      'renderer-sees-shared-only',
      '^src/renderer',
      '^src/(main|cli)',
      'the renderer talks through the contract',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
