import type { InjectionKey, ShallowRef } from 'vue';
import type { Viewer } from '../../viewer/index.ts';

export const VIEWER: InjectionKey<ShallowRef<Viewer | null>> = Symbol('viewer');
