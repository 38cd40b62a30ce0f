export { connect, type Connection } from './connection.ts';
export type { Session } from './session.ts';
