// Written by `npm run docs:rules`.
/** The rules of the scanner, which exceptions can name. Operators' own are named as they like. */
export const ruleIds: readonly string[] = `
  blob.type hidden.bidi-controls hidden.control-characters hidden.fillers hidden.tag-characters hidden.terminal-escapes
  hidden.variation-selectors hidden.zero-width injection.deserialization injection.formula injection.header injection.html
  injection.inclusion injection.java injection.ldap injection.operator injection.path.device injection.path.network-share injection.path.nul
  injection.path.outside-roots injection.path.sensitive-file injection.path.stream injection.path.traversal injection.script injection.shell
  injection.shell.command injection.shell.destructive injection.shell.escape injection.shell.exfiltration injection.shell.metadata-service
  injection.shell.obfuscation injection.shell.persistence injection.shell.pipe-to-interpreter injection.shell.reverse-shell
  injection.shell.sensitive-file injection.shell.substitution injection.sql injection.sql.ddl injection.sql.dynamic injection.sql.reaches-out
  injection.sql.several-statements injection.sql.tautology injection.sql.verb injection.sql.whole-table injection.template
  injection.url.confusable-host injection.url.hidden-host injection.url.host injection.url.internal-address injection.url.metadata-service
  injection.url.scheme injection.url.traversal injection.xml injection.xpath links.exfiltration links.question personal.card personal.email
  personal.iban personal.phone personal.ssn prompt-injection prompt-injection.suspected redaction.token scan.budget scan.limits
  scan.truncated schema schema.pattern.unsupported schema.prototype schema.unknown-argument secrets.1password-secret-key secrets.age-key
  secrets.ai-service-key secrets.alibaba-key-id secrets.anthropic-key secrets.api-key secrets.artifactory-key secrets.atlassian-token
  secrets.aws-access-key-id secrets.aws-appsync-key secrets.aws-bedrock-key secrets.aws-secret-access-key secrets.azure-client-secret
  secrets.azure-sas-signature secrets.azure-storage-key secrets.business-service-key secrets.call-password secrets.cloudflare-origin-key
  secrets.command-line-password secrets.credentials-header secrets.curl-password secrets.databricks-token secrets.developer-service-key
  secrets.digitalocean-token secrets.discord-webhook secrets.docker-token secrets.doppler-token secrets.dynatrace-token
  secrets.element-password secrets.facebook-app-token secrets.facebook-token secrets.figma-token secrets.fly-token secrets.gcp-api-key
  secrets.github-fine-grained-token secrets.github-long-token secrets.github-token secrets.github-unverified-token
  secrets.gitlab-runner-token secrets.gitlab-token secrets.google-oauth-secret secrets.google-oauth-token secrets.grafana-token
  secrets.groq-key secrets.heroku-key secrets.huggingface-token secrets.intra42-secret secrets.jwt secrets.key-store secrets.langsmith-key
  secrets.linear-key secrets.listed-password secrets.login-password secrets.mailgun-key secrets.mcp-gateway-token secrets.newrelic-key
  secrets.notion-token secrets.npm-token secrets.nuget-key secrets.octopus-key secrets.okta-token secrets.onepassword-token
  secrets.openai-key secrets.openai-style-key secrets.option-password secrets.password secrets.password-hash secrets.perplexity-key
  secrets.planetscale-token secrets.postman-key secrets.private-key secrets.proxy-password secrets.pulumi-token secrets.putty-key
  secrets.pypi-token secrets.registry-credentials secrets.replicate-token secrets.rubygems-key secrets.salesforce-token secrets.sendgrid-key
  secrets.sentry-token secrets.separated-password secrets.service-uuid-key secrets.shopify-token secrets.short-named-password
  secrets.sidekiq-credentials secrets.slack-token secrets.slack-webhook secrets.sonar-token secrets.sourcegraph-token secrets.spoken-password
  secrets.sql-password secrets.square-token secrets.stripe-key secrets.stripe-webhook-secret secrets.supabase-key secrets.tailscale-key
  secrets.telegram-bot-token secrets.terraform-token secrets.twilio-key secrets.url-password secrets.vault-token secrets.vercel-token
  secrets.xai-key secrets.xml-password
`
  .trim()
  .split(/\s+/);
