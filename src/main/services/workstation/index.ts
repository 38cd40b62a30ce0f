export { EDITS } from './announce-edits.ts';
export { connect, type Connection } from './connection.ts';
export { labelledStacks, missingFiles } from '../cases/index.ts';
export { openSession } from './open-session.ts';
export type { Announcement, Host, Session } from '../session/index.ts';
