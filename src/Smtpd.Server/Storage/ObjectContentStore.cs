using System.Threading.Channels;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Win32.SafeHandles;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Storage;

/// <summary>Content in object storage, so that every node finds it.</summary>
internal sealed class ObjectContentStore : IContentStore
{
    // Deletions wait here for the network; more than this are left to the sweep of the next start.
    private const int QueuedDeletions = 10_000;

    // Another node may be about to commit what it has just stored.
    private static readonly TimeSpan Leftover = TimeSpan.FromHours(1);

    private readonly ObjectStorageOptions options;
    private readonly AmazonS3Client client;
    private readonly Channel<MessageId> deletions = Channel.CreateBounded<MessageId>(new BoundedChannelOptions(QueuedDeletions) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource stop = new();

    public ObjectContentStore(ObjectStorageOptions options)
    {
        this.options = options;
        AmazonS3Config config = new() { MaxErrorRetry = 2, Timeout = TimeSpan.FromMinutes(2), AuthenticationRegion = options.Region };
        if (options.Endpoint is Uri endpoint)
            (config.ServiceURL, config.ForcePathStyle) = (endpoint.ToString(), true); // names of buckets are no host names there
        else
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        client = new(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
        _ = DeleteQueuedAsync(stop.Token);
    }

    public string? Location => $"s3:{options.Endpoint?.Authority ?? options.Region}/{options.Bucket}/{options.Prefix}";

    public void Prepare()
    {
        // A bucket is its owner's to make; the first message would tell.
    }

    public async Task<bool> HasContentAsync(CancellationToken cancellationToken) => await RunAsync(async () =>
        (await client.ListObjectsV2Async(new() { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 }, cancellationToken)).S3Objects.Count > 0);

    public async Task KeepAsync(SafeFileHandle file, string spoolPath, MessageId id)
    {
        if (await ExistsAsync(id))
            throw new ContentTakenException(id);
        await using FileStream content = new(spoolPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, useAsync: true);
        // Not in signed chunks, which not everything that speaks S3 understands: the file is read twice instead.
        await RunAsync(() => client.PutObjectAsync(new() { BucketName = options.Bucket, Key = KeyOf(id), InputStream = content, AutoCloseStream = false, UseChunkEncoding = false }));
    }

    public async Task<Stream> OpenAsync(MessageId id, CancellationToken cancellationToken)
    {
        var facts = await RunAsync(() => client.GetObjectMetadataAsync(options.Bucket, KeyOf(id), cancellationToken));
        return new ObjectStream(facts.ContentLength, (offset, cancel) => OpenFromAsync(id, offset, facts.ContentLength, cancel));
    }

    public void Delete(MessageId id) => deletions.Writer.TryWrite(id);

    public async Task<int> SweepAsync(Func<MessageId, bool> isKept, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var removed = 0;
        before ??= DateTimeOffset.UtcNow - Leftover;
        ListObjectsV2Request request = new() { BucketName = options.Bucket, Prefix = options.Prefix };
        ListObjectsV2Response page;
        do
        {
            page = await RunAsync(() => client.ListObjectsV2Async(request, cancellationToken));
            foreach (var each in page.S3Objects.Where(each => MessageId.TryParse(each.Key.AsSpan(options.Prefix.Length), out var id) && !isKept(id) && each.LastModified.ToUniversalTime() < before.Value.UtcDateTime))
            {
                await RunAsync(() => client.DeleteObjectAsync(options.Bucket, each.Key, cancellationToken));
                removed++;
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated);
        return removed;
    }

    public void Dispose()
    {
        deletions.Writer.TryComplete();
        stop.Cancel();
        stop.Dispose();
        client.Dispose();
    }

    private async Task<bool> ExistsAsync(MessageId id)
    {
        try
        {
            await RunAsync(() => client.GetObjectMetadataAsync(options.Bucket, KeyOf(id)));
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private string KeyOf(MessageId id) => options.Prefix + id;

    private async Task<Stream> OpenFromAsync(MessageId id, long offset, long length, CancellationToken cancellationToken)
    {
        GetObjectRequest request = new() { BucketName = options.Bucket, Key = KeyOf(id), ByteRange = offset == 0 ? null : new ByteRange(offset, length - 1) };
        return (await RunAsync(() => client.GetObjectAsync(request, cancellationToken))).ResponseStream;
    }

    private async Task DeleteQueuedAsync(CancellationToken cancellationToken)
    {
        await foreach (var id in deletions.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                await RunAsync(() => client.DeleteObjectAsync(options.Bucket, KeyOf(id), cancellationToken));
            }
            catch (IOException)
            {
                // Left to the sweep of the next start.
            }
        }
    }

    // To the rest of the program object storage is a disk that can fail.
    private static async Task<T> RunAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (AmazonServiceException e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            throw new FileNotFoundException("Object storage does not have it.", e);
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException)
        {
            throw new IOException($"Object storage failed: {(e as AmazonServiceException)?.ErrorCode ?? e.GetType().Name}", e);
        }
    }

    /// <summary>An object as a stream that can be sought in: each place that is sought is asked for when it is read.</summary>
    private sealed class ObjectStream(long length, Func<long, CancellationToken, Task<Stream>> open) : Stream
    {
        private Stream? current;
        private long position;

        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;

        public override long Position
        {
            get => position;
            set => Seek(value, SeekOrigin.Begin);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (position >= length || buffer.IsEmpty)
                return 0;
            current ??= await open(position, cancellationToken);
            var read = await current.ReadAsync(buffer, cancellationToken);
            if (read == 0)
                throw new EndOfStreamException("Object storage ended before the content.");
            position += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override long Seek(long offset, SeekOrigin origin)
        {
            var target = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => position + offset, _ => length + offset };
            ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
            if (target == position)
                return position;
            current?.Dispose();
            current = null;
            return position = target;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                current?.Dispose();
            base.Dispose(disposing);
        }
    }
}
