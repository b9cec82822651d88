#!/usr/bin/env node
// The door of a fresh checkout. What stands here is understood by every Node since 12.17, so that an old one
// gets a sentence and not a syntax error; what needs Node 18 comes behind it.
const major = Number(process.versions.node.split(".")[0]);

if (major < 18) {
  console.error(
    `Node ${process.versions.node} is too old to install the gateway: it needs Node 18 or later, and brings its own Node 24. See https://nodejs.org/en/download`,
  );
  process.exitCode = 1;
} else {
  void import("./bootstrap/commands.mjs").then(({ runCommand }) =>
    runCommand(process.argv.slice(2)),
  );
}
