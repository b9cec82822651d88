const { DatabaseSync } = require("node:sqlite");

/** A database whose methods call back, as those of sqlite3 do: with an error first, never before they return. */
class Database {
  #database;

  constructor(filename) {
    this.#database = new DatabaseSync(filename);
  }

  /** Calls back with the rows, of which a statement that reads nothing has none. */
  all(sql, params, callback) {
    this.#later(() => this.#database.prepare(sql).all(...params), callback);
  }

  /** Calls back with `this.changes` and `this.lastID`. */
  run(sql, params, callback) {
    this.#later(
      () => this.#database.prepare(sql).run(...params),
      (error, done) => {
        const { changes, lastInsertRowid } = done ?? {};
        callback.call({ changes: Number(changes), lastID: Number(lastInsertRowid) }, error);
      },
    );
  }

  #later(work, callback) {
    setImmediate(() => {
      let rows;
      try {
        rows = work();
      } catch (error) {
        callback(error);
        return;
      }
      callback(null, rows);
    });
  }
}

module.exports = { Database };
