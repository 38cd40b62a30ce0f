export type { AuditEntry, AuditLog } from './audit.ts';
export { defaultWorkspaceFolder } from './files.ts';
export type { Journal } from './journal.ts';
export type { LabelStore } from './labels.ts';
export { openWorkspace, type Workspace, type WorkspaceOptions } from './open.ts';
export type { AdapterPointer, Recent, RecentStore, SettingStore } from './preferences.ts';
export type { Recovery } from './recover.ts';
export type { OpenedStack, SeriesStore } from './series.ts';
export type { SliceRole, SliceRoleStore } from './slice-roles.ts';
export type { Decision, Review, SliceStore } from './slices.ts';
export type {
  Suggestion,
  SuggestionCache,
  SuggestionKey,
  SuggestionSummary,
} from './suggestions.ts';
export type {
  AppliedEdit,
  Json,
  JsonObject,
  Label,
  NewEdit,
  ReviewState,
  SliceEdit,
  StackRecord,
} from './types.ts';
