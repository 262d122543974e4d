// Each event is in the database and on the disk before the response.

import Database from "better-sqlite3";

export function openStore(file) {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(
    "CREATE TABLE events (id TEXT PRIMARY KEY, type TEXT NOT NULL, created INTEGER NOT NULL, body BLOB NOT NULL)",
  );
  const insert = database.prepare(
    "INSERT INTO events (id, type, created, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  return (event, body) => insert.run(event.id, event.type, event.created, body);
}
