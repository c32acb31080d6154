namespace Smtpd.Server.Http.OpenApi;

/// <summary>What bodies and answers look like. A test holds each against its schema.</summary>
internal static class Examples
{
    public const string Problem = """
        {"title":"There is no such mailbox","status":404,"detail":"Mailbox 7 does not exist. GET /api/mailboxes lists those that do.","type":"about:blank"}
        """;

    public const string Status = """{"status":"ready"}""";

    public const string Server = """{"version":"0.1.0","smtp":[{"host":"127.0.0.1","port":2525,"tls":"startTls"},{"host":"127.0.0.1","port":465,"tls":"implicit"}],"authentication":true}""";

    public const string Caller = """{"administrator":false,"signedIn":true,"user":"orders","mailboxId":7}""";

    public const string SignIn = """{"user":"orders","password":"correct horse battery staple"}""";

    public const string Project = """{"id":2,"name":"shop","createdAt":"2026-11-02T09:00:00Z"}""";

    public const string Projects = $$"""{"projects":[{"id":1,"name":"default","createdAt":"2026-11-01T08:00:00Z"},{{Project}}]}""";

    public const string ProjectRequest = """{"name":"shop"}""";

    private const string MailboxMembers = """
        "id":7,"name":"orders","project":2,"open":true,"createdAt":"2026-11-02T09:00:00Z","expiresAt":null,"messages":128,"unread":3,"bytes":1048576,
        "limits":{"messages":1000,"bytes":null,"age":604800,"messageBytes":null,"rate":{"messages":10,"window":1,"refusal":"reject"}}
        """;

    public const string Mailboxes = $$"""{"mailboxes":[{{{MailboxMembers}}}],"next":null}""";

    public const string Mailbox = $$"""{{{MailboxMembers}},"users":["orders"],"addresses":["orders@example.com","order-*@example.com"]}""";

    public const string NewMailbox = """{"ttl":"10m"}""";

    public const string CreatedMailbox = """
        {"id":8,"name":"mailbox-k3v9qh2m4x","project":1,"open":true,"createdAt":"2026-11-02T09:00:00Z","expiresAt":"2026-11-02T09:10:00Z","messages":0,"unread":0,"bytes":0,
        "limits":{"messages":null,"bytes":null,"age":null,"messageBytes":null,"rate":null},
        "users":["user-k3v9qh2m4x"],"addresses":["user-k3v9qh2m4x@localhost"],"credentials":[{"user":"user-k3v9qh2m4x","password":"w6n2hk8rbx3mzq9ct4vd"}],
        "urls":{"api":"http://127.0.0.1:8025/api/mailboxes/8","messages":"http://127.0.0.1:8025/api/mailboxes/8/messages","wait":"http://127.0.0.1:8025/api/mailboxes/8/wait","smtp":"127.0.0.1:2525"}}
        """;

    public const string MailboxPatch = """{"name":"orders","limits":{"messages":500}}""";

    public const string Users = """{"users":["orders","orders-staging"]}""";

    public const string UserRequest = """{"user":"orders-staging"}""";

    public const string Credential = """{"user":"orders-staging","password":"w6n2hk8rbx3mzq9ct4vd"}""";

    public const string PasswordRequest = """{"password":"correct horse battery staple"}""";

    public const string Addresses = """{"addresses":[{"rule":"orders@example.com","kind":"exact"},{"rule":"order-*@example.com","kind":"pattern"}]}""";

    public const string AddressRequest = """{"rule":"order-*@example.com"}""";

    public const string AddressRule = """{"rule":"order-*@example.com","kind":"pattern"}""";

    private const string MessageMembers = """
        "uid":42,"mailboxId":7,"id":"06Z8Q3V6M0G00","receivedAt":"2026-11-02T09:03:00.123Z","size":2311,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "envelope":{"from":"shop@example.com","to":["orders@example.com"],"helo":"app1.example.com","remoteAddress":"192.0.2.10","tls":"TLSv1.3 TLS_AES_256_GCM_SHA384","user":"orders"},
        "subject":"Your order 1234","from":{"name":"Shop","address":"shop@example.com"},"to":[{"name":"","address":"orders@example.com"}],"cc":[],
        "date":"2026-11-02T10:03:00+01:00","messageId":"1234@example.com","snippet":"Thank you for your order.",
        "attachments":[{"index":1,"fileName":"invoice.pdf","contentType":"application/pdf","size":1024,"sha256":"60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752","contentId":null,"inline":false}],
        "flags":{"read":false,"pinned":false},"tags":["release-7"],"warnings":[]
        """;

    public const string Message = $$"""{{{MessageMembers}}}""";

    public const string Messages = $$"""{"messages":[{{{MessageMembers}}}],"next":42}""";

    public const string MessagePatch = """{"read":true,"addTags":["release-7"]}""";

    public const string BulkPatch = """{"query":"is:unread from:shop@example.com","read":true}""";

    public const string Changed = """{"changed":12,"more":false}""";

    public const string BulkDeletion = """{"uids":[40,41,42]}""";

    public const string Deleted = """{"deleted":3,"more":false}""";

    public const string Tags = """{"tags":[{"tag":"release-7","messages":12}]}""";

    public const string Sessions = """
        {"sessions":[{"id":"0HN7","startedAt":"2026-11-02T09:02:00Z","endedAt":"2026-11-02T09:02:01Z","remoteAddress":"192.0.2.10","helo":"app1.example.com","user":null,
        "mailboxIds":[],"messages":0,"refused":true,"transcript":"S: 220 mx.example.com ESMTP\nC: RCPT TO:<nobody@example.com>\nS: 550 5.1.1 Mailbox unavailable\n"}]}
        """;

    public const string LeaseRequest = """{"limit":10,"visibility":"5m","attempts":5,"wait":30}""";

    public const string Leases = $$"""{"leases":[{"message":{{{MessageMembers}}},"token":"5d0c1f7e9a2b4c6d8e0f1a2b3c4d5e6f","attempt":1,"until":"2026-11-02T09:08:00Z"}]}""";

    public const string Acknowledgement = """{"token":"5d0c1f7e9a2b4c6d8e0f1a2b3c4d5e6f","delete":true}""";

    public const string Release = """{"token":"5d0c1f7e9a2b4c6d8e0f1a2b3c4d5e6f","delay":"1m"}""";

    public const string Dead = $$"""{"dead":[{"message":{{{MessageMembers}}},"attempts":5}],"next":null}""";

    public const string Imported = """{"imported":1,"refused":0,"uids":[42],"incomplete":false}""";

    public const string Headers = """{"headers":[{"name":"Subject","raw":"=?utf-8?q?Gr=C3=BC=C3=9Fe?=","value":"Grüße"}]}""";

    public const string Parts = """
        {"parts":[{"path":"1","contentType":"multipart/mixed","parameters":[{"name":"boundary","value":"b1"}],"charset":null,"disposition":null,"fileName":null,"contentId":null,
        "size":1800,"sha256":null,"attachment":false,"inline":false,"children":2},
        {"path":"1.1","contentType":"text/plain","parameters":[{"name":"charset","value":"utf-8"}],"charset":"utf-8","disposition":null,"fileName":null,"contentId":null,
        "size":25,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","attachment":false,"inline":false,"children":0}]}
        """;

    public const string Links = """{"links":[{"url":"https://shop.example.com/confirm?t=1","text":"Confirm your address","kind":"link","place":"html"}]}""";

    public const string Codes = """{"codes":[{"value":"493021","kind":"code","context":"Your sign-in code is 493021. It is valid for ten minutes.","score":90}]}""";

    public const string Found = $$"""
        {"messages":[{{{MessageMembers}},"highlights":[{"field":"subject","text":"Your order 1234","ranges":[{"start":5,"length":5}]}]}],"next":"06Z8Q3V6M0G00-7"}
        """;
}
