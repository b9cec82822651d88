/** Further examples of rules for secrets: see `read-examples.ts` for how they are written. */
export const secretsOfCodeAndClouds: Readonly<Record<string, string>> = {
  "github-token": `
    + export GITHUB_TOKEN="ghs_<base62+checksum 30>"
    - ghq_<base62+checksum 30> is no prefix of theirs`,
  "github-fine-grained-token": `
    + gh auth login --with-token <<< github_pat_<base62 22>_<base62 59>
    - create a token that begins with github_pat_ and paste it below
    - github_pat_<base62 22>-<base62 59>`,
  "github-long-token": `
    + x-access-token:ghs_<base62 90>@github.com
    - gha_<base62 80>
    - ghs_ is what tokens of installations begin with`,
  "gitlab-token": `
    + curl --header "PRIVATE-TOKEN: glpat-<base62 20>" https://gitlab.example.com/api/v4/user
    - glpat-your-token-goes-here
    - glxyz-<base62 20>`,
  "gitlab-runner-token": `
    + registration_token: "GR1348941<base62 20>"
    - GR1348942<base62 20>
    - the runner GR1348941 is offline`,
  "npm-token": `
    + NPM_TOKEN="npm_<base62 36>"
    - npm_lifecycle_event=build_of_the_documentation`,
  "pypi-token": `
    + TWINE_PASSWORD=pypi-AgEIcHlwaS5vcmc<base64url 120>
    - pypi-AgENdGVzdC5weXBpLm9yZw
    - upload to pypi-server with your token`,
  "rubygems-key": `
    + GEM_HOST_API_KEY=rubygems_<hex 48>
    - rubygems_<base36 20>_mirror
    - gem install rubygems_update`,
  "nuget-key": `
    + NUGET_API_KEY: oy2<base36 43>
    - oy2 is how the keys begin
    - oy3<base36 43>`,
  "docker-token": `
    + DOCKERHUB_TOKEN=dckr_pat_<base64url 27>
    - dckr_xat_<base62 27>
    - docker_pat_example`,
  "artifactory-key": `
    + curl -H "X-JFrog-Art-Api: AKCp<base62 69>" https://repo.example.org
    - AKCp is the prefix of an API key
    - cmVmdGtu in the logs`,
  "sourcegraph-token": `
    + src login --token sgp_local_<hex 40>
    - sgp_<base36 12>_team
    - sgp_<hex 60>`,
  "sonar-token": `
    + SONAR_TOKEN: sqa_<hex 40>
    - sqx_<hex 40>
    - sqp_analysis_of_the_project_that_failed_today`,
  "postman-key": `
    + newman run https://api.getpostman.com/c?apikey=PMAK-<hex 24>-<hex 34>
    - PMAK-<hex 24>-<hex 10>
    - the key starts with PMAK`,
  "aws-access-key-id": `
    + AWS_ACCESS_KEY_ID: "AKIA<base32 16>"
    - the key AKIA was rotated`,
  "aws-secret-access-key": `
    + export AWS_SECRET_ACCESS_KEY=<base64 40>
    - aws_secret_access_key = \${AWS_SECRET}`,
  "aws-bedrock-key": `
    + Authorization: Bearer ABSK<base64 120>=
    - ABSKeyboard layouts
    - bedrock-api-key- is the prefix`,
  "gcp-api-key": `
    + "current_key": "AIza<base64url 35>"
    - AIza is what keys of Google begin with
    - AIzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`,
  "google-oauth-secret": `
    + GOOGLE_CLIENT_SECRET: GOCSPX-<base64url 28>
    - GOCSPX-your-secret-here
    - gocspx-<base36 28>`,
  "google-oauth-token": `
    + Authorization: Bearer ya29.<base64url 160>
    - ya29.example
    - https://cdn.example.org/1//0.png`,
  "azure-storage-key": `
    + DefaultEndpointsProtocol=https;AccountName=logs;AccountKey=<base64 86>==
    - AccountKey=<your key>;EndpointSuffix=core.windows.net
    - UseDevelopmentStorage=true;AccountKey=`,
  "azure-sas-signature": `
    + https://files.blob.core.windows.net/a/b.pdf?sp=r&sig=<base62 43>%3D
    - sig=abc&se=2030
    - the parameter sig=... signs the address`,
  "azure-client-secret": `
    + "clientSecret": "<base62 3>8Q~<base62 34>"
    - FAQ~ and answers
    - <base62 3>8q~<base62 34>`,
  "digitalocean-token": `
    + DIGITALOCEAN_ACCESS_TOKEN=doo_v1_<hex 64>
    - dox_v1_<hex 64>
    - dop_v1_ is the prefix of a personal token`,
  "alibaba-key-id": `
    + ALICLOUD_ACCESS_KEY=LTAI<base62 20>
    - LTAI<base62 40>
    - LTAIaaaaaaaaaaaaaaaaaaaa`,
  "heroku-key": `
    + netrc: password HRKU-AA<base64url 58>
    - HRKU-BB<base62 58>
    - heroku HRKU-AA`,
  "fly-token": `
    + FLY_API_TOKEN="FlyV1 fm2_<base64 200>"
    - fm2_radio
    - fo1_region`,
  "supabase-key": `
    + "SUPABASE_SERVICE_ROLE": "sb_secret_<base64url 40>"
    - sbp_team_of_five
    - sb_publishable_<base64url 31>`,
  "vercel-token": `
    + vercel deploy --token vcp_<base62 24>
    - vcx_<base62 56>
    - vcp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`,
  "openai-key": `
    + {"apiKey": "sk-svcacct-<base64url 60>T3BlbkFJ<base64url 60>"}
    - sk-<base62 20>T3BlbkF<base62 20>`,
  "anthropic-key": `
    + ANTHROPIC_API_KEY=sk-ant-api03-<base64url 93>AA
    - sk-ant-your-key-here
    - sk-ant-api-<base62 30>`,
  "openai-style-key": `
    + api_base_key: sk-lf-<hex 32>
    - sk-<base62 20>-preview
    - sk-ip-to-content`,
  "huggingface-token": `
    + huggingface-cli login --token hf_<letters 34>
    - hf_transformers_cache_directory
    - hf_<letters 60>`,
  "groq-key": `
    + Authorization: Bearer gsk_<base62 52>
    - gsk_<base62 70>
    - gsk_ten_sor`,
  "perplexity-key": `
    + PERPLEXITY_API_KEY="pplx-<base62 48>"
    - pplx-70b-online
    - pplx-<base62 60>`,
  "xai-key": `
    + {"x": "xai-<base62 80>"}
    - xai-<base62 100>
    - explainable xai-methods`,
  "replicate-token": `
    + Authorization: Token r8_<base62 37>
    - r8_<base62 60>
    - r8_snorm_texture_format`,
  "langsmith-key": `
    + x-api-key: lsv2_pt_<hex 32>_<hex 10>
    - lsv2_xx_<hex 32>_<hex 10>
    - lsv2_sk_<hex 10>_<hex 10>`,
};
