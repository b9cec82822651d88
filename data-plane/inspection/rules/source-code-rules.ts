import type { SecretRule } from "./secret-rule.ts";

/** Where source code and packages live. */
export const sourceCodeRules: readonly SecretRule[] = [
  {
    type: "github-token",
    literals: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    pattern: /gh[pousr]_[A-Za-z0-9]{36}/y,
    confirmer: "github-checksum",
    insideWords: true,
    examples: {
      secrets: [
        "ghp_<base62+checksum 30>",
        "git clone https://x:gho_<base62+checksum 30>@github.com/a/b",
      ],
      harmless: ["ghp_<base62 20>", "ghp_<base62 36>", "ghp_<x 36>", "the prefix is ghp_"],
    },
  },
  {
    // Revoked tokens of old forms, made-up ones and those of other installations: as secret as they look.
    type: "github-unverified-token",
    literals: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    pattern: /gh[pousr]_[A-Za-z0-9]{36}/y,
    minEntropy: 3.8,
    insideWords: true,
    examples: {
      secrets: [
        "token: ghp_<base62 36>",
        '{"GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_<base62 36>"}',
        "git remote add origin https://gho_<base62 36>@github.com/team/app.git",
      ],
      harmless: [
        "ghp_<base62 20> is too short",
        "ghp_<x 36>",
        "ghp_your_token_here_for_the_documentation",
        "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ghp_<base62 50> is too long",
      ],
    },
  },
  {
    type: "github-fine-grained-token",
    literals: ["github_pat_"],
    pattern: /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/y,
    insideWords: true,
    examples: {
      secrets: ["github_pat_<base62 22>_<base62 59>", "TOKEN=github_pat_<base62 22>_<base62 59>;"],
      harmless: ["github_pat_<base62 22>", "github_pat_<x 22>_<x 59>", "github_pat_<base62 82>"],
    },
  },
  {
    type: "github-long-token",
    literals: ["ghs_", "ghr_", "ghu_"],
    pattern: /gh[sru]_[A-Za-z0-9_.-]{60,1024}/y,
    minEntropy: 4,
    examples: {
      secrets: ["ghr_<base62 76>", "token ghs_<digits 7>_eyJ<base64url 90>"],
      harmless: ["ghr_<x 76>", "ghr_<base62 40>", "ghs_token_in_a_very_long_identifier"],
    },
  },
  {
    type: "gitlab-token",
    literals: [
      "glpat-",
      "gldt-",
      "glptt-",
      "glrt-",
      "glcbt-",
      "glft-",
      "glimt-",
      "glagent-",
      "gloas-",
      "glsoat-",
      "glffct-",
    ],
    pattern: /gl(?:pat|dt|ptt|rt|cbt|ft|imt|agent|oas|soat|ffct)-[\w.-]{20,300}/y,
    examples: {
      secrets: ["glpat-<base62 20>", "PRIVATE-TOKEN: glrt-t1_<base62 20>"],
      harmless: ["glpat-<base62 10>", "glpat-<x 20>", "use glpat- as the prefix"],
    },
  },
  {
    type: "gitlab-runner-token",
    literals: ["gr1348941"],
    pattern: /GR1348941[\w-]{20}/y,
    examples: {
      secrets: ["GR1348941<base62 20>", "--registration-token GR1348941<base64url 20>"],
      harmless: ["GR1348941", "GR1348941<x 20>", "GR1348941<base62 9>"],
    },
  },
  {
    type: "npm-token",
    literals: ["npm_"],
    pattern: /npm_[A-Za-z0-9]{36}/y,
    examples: {
      secrets: ["npm_<base62 36>", "//registry.npmjs.org/:_authToken=npm_<base62 36>"],
      harmless: ["npm_<base62 20>", "npm_<x 36>", "npm_config_registry", "npm_<base62 60>"],
    },
  },
  {
    type: "pypi-token",
    literals: ["pypi-ageichlwas5vcmc"],
    pattern: /pypi-AgEIcHlwaS5vcmc[\w-]{50,1000}/y,
    insideWords: true,
    examples: {
      secrets: [
        "pypi-AgEIcHlwaS5vcmc<base64url 70>",
        "password = pypi-AgEIcHlwaS5vcmc<base64url 160>",
      ],
      harmless: ["pypi-AgEIcHlwaS5vcmc", "pypi-AgEIcHlwaS5vcmc<base64url 20>", "pypi-simple"],
    },
  },
  {
    type: "rubygems-key",
    literals: ["rubygems_"],
    pattern: /rubygems_[0-9a-f]{48}/y,
    examples: {
      secrets: ["rubygems_<hex 48>", ":rubygems_api_key: rubygems_<hex 48>"],
      harmless: ["rubygems_<hex 20>", "rubygems_api_key", "rubygems_<x 48>"],
    },
  },
  {
    type: "nuget-key",
    literals: ["oy2"],
    pattern: /oy2[a-z0-9]{43}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["oy2<base36 43>", "dotnet nuget push --api-key oy2<base36 43>"],
      harmless: ["oy2<base36 20>", "oy2<base36 80>", "boy2man"],
    },
  },
  {
    type: "docker-token",
    literals: ["dckr_pat_", "dckr_oat_"],
    pattern: /dckr_[po]at_[\w-]{27,64}/y,
    insideWords: true,
    examples: {
      secrets: ["dckr_pat_<base64url 27>", "docker login -u me -p dckr_oat_<base64url 32>"],
      harmless: ["dckr_pat_<base62 10>", "dckr_pat_<x 27>", "dckr_pat_"],
    },
  },
  {
    type: "artifactory-key",
    literals: ["akcp", "cmvmdgtu"],
    pattern: /(?:AKCp[A-Za-z0-9]{69}|cmVmdGtu[A-Za-z0-9]{56})/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["AKCp<base62 69>", "X-JFrog-Art-Api: cmVmdGtu<base62 56>"],
      harmless: ["AKCp<base62 30>", "cmVmdGtu<base62 20>", "AKCp<base62 100>"],
    },
  },
  {
    type: "sourcegraph-token",
    literals: ["sgp_"],
    pattern: /sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}/y,
    examples: {
      secrets: ["sgp_<hex 40>", "SRC_ACCESS_TOKEN=sgp_<hex 16>_<hex 40>"],
      harmless: ["sgp_<hex 20>", "sgp_<x 40>", "sgp_local"],
    },
  },
  {
    type: "sonar-token",
    literals: ["sqp_", "sqa_", "squ_"],
    pattern: /sq[pau]_[0-9a-fA-F]{40}/y,
    examples: {
      secrets: ["sqp_<hex 40>", "-Dsonar.token=squ_<hex 40>"],
      harmless: ["sqp_<hex 20>", "squ_<x 40>", "sqa_team"],
    },
  },
  {
    type: "postman-key",
    literals: ["pmak-"],
    pattern: /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/y,
    insideWords: true,
    examples: {
      secrets: ["PMAK-<hex 24>-<hex 34>", "X-Api-Key: PMAK-<hex 24>-<hex 34>"],
      harmless: ["PMAK-<hex 24>", "PMAK-<x 24>-<x 34>", "PMAK-"],
    },
  },
];
