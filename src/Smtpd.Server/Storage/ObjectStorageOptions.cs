namespace Smtpd.Server.Storage;

/// <summary>A bucket for large messages, of Amazon S3 or whatever speaks like it.</summary>
/// <param name="Endpoint">Where, when not at Amazon; <c>null</c> there.</param>
/// <param name="Prefix">Before the ids; empty, or ending with a slash as a rule.</param>
internal sealed record ObjectStorageOptions(Uri? Endpoint, string Region, string Bucket, string Prefix, string AccessKey, string SecretKey)
{
    // A record prints all it has, and this one has a secret.
    public override string ToString() => $"s3://{Bucket}/{Prefix}";
}
