import { describe, expect, it } from "vitest";
import { ScanBudget } from "../scan-budget.ts";
import { SecretFinder } from "../secret-finder.ts";
import { expandExample } from "./expand-example.ts";

const finder = new SecretFinder();
const finds = (text: string) => finder.find(text, new ScanBudget(10_000)).length > 0;
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** As people choose them, and as programs do. */
const passwords = [
  "Tr0ub4dor&3",
  "k8!mQz2#vL",
  "Summer2024!",
  "hunter2secure",
  "p4ssPhr4se",
  "Zx9-kLm2-QqWe",
  "mysqlRootPw99",
  "3f9a1c7e5b2d",
  "s3cr3tP@ss",
  "Winter_2023",
  "jenkins@2022",
  "redis-p4ss",
  "blue7House$",
  "<base62 16>",
  "<hex 32>",
  "<base64url 24>",
].map(expandExample);

/** A file of each kind, with a place for the password. */
const files: readonly (readonly [name: string, write: (password: string) => string])[] = [
  [".env", (it) => `APP_ENV=production\nDB_USER=app\nDB_PASSWORD=${it}\nLOG_LEVEL=info\n`],
  [".env in quotes", (it) => `SMTP_HOST="mail.example.org"\nSMTP_PASS="${it}"\n`],
  ["YAML", (it) => `database:\n  host: db\n  username: app\n  password: ${it}\n  pool: 5\n`],
  [
    "compose",
    (it) => `    environment:\n      - POSTGRES_USER=app\n      - POSTGRES_PASSWORD=${it}\n`,
  ],
  ["JSON", (it) => `{\n  "user": "app",\n  "password": "${it}",\n  "port": 3306\n}`],
  ["Terraform", (it) => `resource "aws_db_instance" "main" {\n  password = "${it}"\n}\n`],
  ["properties", (it) => `spring.datasource.username=app\nspring.datasource.password=${it}\n`],
  ["INI", (it) => `[client]\nuser = root\npassword = ${it}\n`],
  ["TOML", (it) => `[database]\nuser = "app"\npasswd = "${it}"\n`],
  ["connection string", (it) => `<add connectionString="Server=db;User Id=sa;Password=${it};" />`],
  ["URL", (it) => `DATABASE_URL=postgres://app:${encodeURIComponent(it)}@db.internal:5432/app\n`],
  ["PHP", (it) => `define( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '${it}' );\n`],
  ["Python", (it) => `DATABASES = {'default': {\n  'USER': 'app',\n  'PASSWORD': '${it}',\n}}\n`],
  ["JavaScript", (it) => `module.exports = {\n  user: "app",\n  pass: "${it}",\n};`],
  ["Java", (it) => `String user = "app";\nString password = "${it}";\nconnect(user, password);`],
  [".netrc", (it) => `machine api.example.org\n  login deploy\n  password ${it}\n`],
  [".pgpass", (it) => `db.internal:5432:app:app:${it}\n`],
  ["a Secret in base64", (it) => `kind: Secret\ntype: Opaque\ndata:\n  password: ${base64(it)}\n`],
  ["a Secret as text", (it) => `kind: Secret\nstringData:\n  DB_PASS: ${it}\n`],
  ["a container's environment", (it) => `env:\n  - name: DB_PASSWORD\n    value: "${it}"\n`],
  ["Dockerfile", (it) => `FROM node:24\nENV ADMIN_PASSWORD ${it}\nRUN npm ci\n`],
  ["shell", (it) => `#!/bin/sh\nexport MYSQL_PWD='${it}'\nmysql -u root app\n`],
  ["a command", (it) => `mysqldump -u root -p${it} app > dump.sql\n`],
  ["Ansible", (it) => `ansible_user: deploy\nansible_become_pass: ${it}\n`],
  ["LDAP", (it) => `ldap_bind_dn: cn=admin,dc=example\nldap_bind_pw: ${it}\n`],
  ["Redis", (it) => `bind 127.0.0.1\nrequirepass ${it}\nport 6379\n`],
  ["wireless", (it) => `network={\n  ssid="home"\n  psk="${it}"\n}`],
  ["a registry", (it) => `{"auths": {"r.example.org": {"auth": "${base64(`ci:${it}`)}"}}}`],
];

/** As people choose them where nobody asks for more. */
const simplePasswords = ["hunter22", "toor4711", "gr33ndoor", "apples9", "super$tar"];
const simplePlaces: readonly ((password: string) => string)[] = [
  (it) => `DB_USER=app\nDB_PASSWORD=${it}\nPORT=80\n`,
  (it) => `db:\n  user: app\n  password: ${it}\n  pool: 5\n`,
  (it) => `{"user": "app", "password": "${it}", "port": 3306}`,
  (it) => `connect(user="app", password='${it}', host="db")`,
  (it) => `<property name="password" value="${it}"/>`,
  (it) => `mongo --username root --password ${it} --port 27017`,
  (it) => `CREATE USER 'app'@'%' IDENTIFIED BY '${it}';`,
];

/** The same kinds of files, where nothing in them is a secret. */
const harmless = [
  "APP_ENV=production\nDB_HOST=db.internal\nDB_PASSWORD=$DB_PASSWORD\nLOG_LEVEL=info\n",
  "password:\n  min_length: 12\n  require_digits: true\n  hash: argon2id\n",
  '{"password": {"type": "string", "description": "The password of the account"}}',
  'variable "db_password" {\n  type      = string\n  sensitive = true\n}\n',
  "spring.datasource.password=\u0024{DB_PASSWORD}\nspring.jpa.show-sql=true\n",
  "define( 'DB_PASSWORD', 'password_here' );\n",
  "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: password\n",
  "FROM node:24\nARG NPM_TOKEN\nRUN npm ci\n",
  "machine api.example.org\n  login deploy\n  password changeme\n",
  "tests: 41 pass: 40 fail: 1\n",
  "token_endpoint: https://login.example.org/oauth2/token\npage_token: CAUQAA\n",
  "max_tokens: 4096\nstop_token: <|endoftext|>\ncompletion_tokens: 1024\n",
  "password_reset_url = https://example.org/reset\nsecret_name = prod/db/main\n",
  "api_key: YOUR_API_KEY\nsecret: <your secret>\n",
  '{"passwordLabel": "Password:", "forgotPassword": "Forgot?", "password": "Kennwort"}',
  "passwordPolicy: minLength=14,requireUppercase=true\npassword_expires: 90days\n",
  "password = hashed2, salt\nlogin(user, password=password1)\n",
  'password: {{ .Values.db.password | quote }}\npassword = f"prefix_{name2}"\n',
  "password: str = Field(..., min_length=8)\ntoken = data.vault_secret.ci.data2\n",
  "ssh-keygen -t ed25519 -C 'ann@example.org'\nmysql -u root -p\n",
  "The key: 4 tbsp of sugar. Our secret: patience and butter.\n",
  "kind: Secret\nmetadata:\n  name: db-credentials\n  uid: 7d1b3e0a-5a52-4a3e-9c1e-0a2b4c6d8e0f\n",
  "commit 9fceb02d0ae598e95dc970b74767f19372d61af8\nAuthor: Ann <ann@example.org>\n",
  '"integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="',
];

describe("passwords in files", () => {
  it.each(files)("of the kind %s are found, nearly all", (_, write) => {
    const found = passwords.filter((password) => finds(write(password)));
    expect(found.length / passwords.length).toBeGreaterThanOrEqual(0.85);
  });

  it.each(simplePlaces)("that are short and simple are found behind their name: %s", (write) => {
    for (const password of simplePasswords) expect(finds(write(password)), password).toBe(true);
  });

  it.each(harmless)("that are none are left alone: %s", (text) => {
    expect(finds(text)).toBe(false);
  });
});
