export { connect, type Connection } from './connection.ts';
export type { Host } from './host.ts';
export { labelledStacks } from './labelled-stacks.ts';
export { openSession } from './open-session.ts';
export { missingFiles, reopen } from './reopen.ts';
export type { Announcement, Session } from './session.ts';
