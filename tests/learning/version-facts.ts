import type { VersionFacts } from '../../src/main/services/models/version-files.ts';

/** What a version must say of itself, where a test does not care. */
export const SOME_FACTS: VersionFacts = {
  name: 'learned',
  created: '2026-01-02T03:04:05.000Z',
  application: { name: 'Marginalia', version: '0.0.0' },
  slices: [],
  settings: {},
  device: 'cpu',
  seconds: 0,
  curve: [],
  judgement: null,
  calibration: null,
};
