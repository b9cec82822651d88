/**
 * The parts of OCSF 1.5.0 and ECS 8.17 that our records use, written by hand from their documentation (schema.ocsf.io,
 * elastic.co/docs/reference/ecs): required attributes, types, values of enums, constraints. What is not listed is refused.
 */

const text = { type: "string", minLength: 1 };
const texts = { type: "array", items: text };
const wholeNumber = { type: "integer" };
const closed = (
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
  rest: object = {},
) => ({ type: "object", properties, required, additionalProperties: false, ...rest });
const atLeastOne = (...names: readonly string[]) => ({
  anyOf: names.map((name) => ({ required: [name] })),
});

const group = closed({ name: text, uid: text }, [], atLeastOne("name", "uid"));
const user = closed(
  {
    name: text,
    uid: text,
    type: text,
    type_id: wholeNumber,
    groups: { type: "array", items: group },
    domain: text,
  },
  [],
  atLeastOne("account", "name", "uid"),
);
const product = closed(
  { name: text, vendor_name: text, version: text, uid: text },
  [],
  atLeastOne("name", "uid"),
);
const metadata = closed(
  {
    version: { const: "1.5.0" },
    product,
    uid: text,
    event_code: text,
    correlation_uid: text,
    sequence: wholeNumber,
    log_name: text,
    log_provider: text,
    original_time: text,
    tenant_uid: text,
    profiles: { type: "array", items: { enum: ["security_control"] } },
  },
  ["version", "product"],
);
const service = closed({ name: text, uid: text }, [], atLeastOne("name", "uid"));
const endpoint = closed(
  { ip: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] }, name: text },
  [],
  atLeastOne("ip", "name", "uid", "hostname"),
);

const baseEvent = {
  time: { type: "integer", minimum: 0 },
  message: text,
  severity_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
  status_id: { enum: [0, 1, 2, 99] },
  status_code: text,
  status_detail: text,
  duration: { type: "integer", minimum: 0 },
  count: { type: "integer", minimum: 1 },
  metadata,
  raw_data: { type: "string" },
  unmapped: { type: "object" },
  class_name: text,
  activity_name: text,
  src_endpoint: endpoint,
  action_id: { enum: [0, 1, 2, 3, 4] },
  disposition_id: { enum: [0, 1, 2, 99] },
};
const baseRequired = [
  "activity_id",
  "category_uid",
  "class_uid",
  "metadata",
  "severity_id",
  "time",
  "type_uid",
];

function ocsfClass(options: {
  readonly uid: number;
  readonly category: number;
  readonly activities: readonly number[];
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required: readonly string[];
}) {
  const { uid, category, activities, properties, required } = options;
  return closed(
    {
      ...baseEvent,
      class_uid: { const: uid },
      category_uid: { const: category },
      activity_id: { enum: activities },
      type_uid: { enum: activities.map((activity) => uid * 100 + activity) },
      ...properties,
    },
    [...baseRequired, ...required],
  );
}

export const ocsfSchema = {
  oneOf: [
    ocsfClass({
      uid: 6003,
      category: 6,
      activities: [0, 1, 2, 3, 4, 99],
      required: ["actor", "api", "src_endpoint"],
      properties: {
        actor: closed({ user, app_name: text }, [], atLeastOne("user", "app_name", "session")),
        api: closed(
          {
            operation: text,
            service,
            request: closed({ uid: text }, ["uid"]),
          },
          ["operation"],
        ),
        http_request: closed({ user_agent: text }),
        resources: {
          type: "array",
          items: closed({ name: text, uid: text, type: text }, [], atLeastOne("name", "uid")),
        },
        policy: closed({ name: text, uid: text, version: text }, [], atLeastOne("name", "uid")),
      },
    }),
    ocsfClass({
      uid: 3002,
      category: 3,
      activities: [0, 1, 2, 3, 4, 5, 6, 7, 99],
      required: ["user", "service"],
      properties: { user, service, is_remote: { type: "boolean" } },
    }),
    ocsfClass({
      uid: 3004,
      category: 3,
      activities: [0, 1, 2, 3, 4, 99],
      required: ["entity"],
      properties: {
        actor: closed({ user }, ["user"]),
        entity: closed(
          { name: text, uid: text, type: text, version: text, data: { type: "object" } },
          [],
          atLeastOne("name", "uid"),
        ),
        comment: text,
      },
    }),
  ],
};

export const ecsSchema = closed(
  {
    "@timestamp": { type: "string", format: "date-time" },
    ecs: closed({ version: { const: "8.17.0" } }, ["version"]),
    message: text,
    event: closed(
      {
        id: text,
        kind: {
          enum: [
            "alert",
            "asset",
            "enrichment",
            "event",
            "metric",
            "state",
            "pipeline_error",
            "signal",
          ],
        },
        category: {
          type: "array",
          items: { enum: ["api", "authentication", "configuration", "iam", "session", "web"] },
        },
        type: {
          type: "array",
          items: {
            enum: [
              "access",
              "admin",
              "allowed",
              "change",
              "creation",
              "deletion",
              "denied",
              "end",
              "error",
              "info",
              "start",
              "user",
            ],
          },
        },
        action: text,
        outcome: { enum: ["failure", "success", "unknown"] },
        reason: text,
        module: text,
        dataset: text,
        provider: text,
        sequence: wholeNumber,
        severity: wholeNumber,
        duration: wholeNumber,
        hash: text,
        original: { type: "string" },
      },
      ["kind", "category", "type", "outcome"],
    ),
    user: closed({ name: text, domain: text, roles: texts }),
    source: closed({ address: text, ip: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] } }),
    organization: closed({ id: text }),
    service: closed({ name: text, type: text, node: closed({ name: text }) }),
    observer: closed({ vendor: text, product: text, version: text }),
    rule: closed({ name: text, ruleset: text, version: text }),
    url: closed({ path: text }),
    user_agent: closed({ original: text }),
    trace: closed({ id: text }),
    span: closed({ id: text }),
    error: closed({ message: text }),
    mcpgateway: { type: "object" },
  },
  ["@timestamp", "ecs", "event"],
);
