/** A session as a shared server sees it. */
export interface ServerClient {
  readonly agent: string;
  /** Whether somebody hears what the server says on its own. */
  readonly isListening: boolean;
  /** Takes a message of the server's own. One that carries an id wants an answer. */
  hear(line: string, id?: unknown): void;
  /** The server is gone. */
  onServerEnd(reason: string): void;
}
