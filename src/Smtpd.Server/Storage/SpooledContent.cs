using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Smtpd.Server.Mailboxes;
using Smtpd.Server.Mime;

namespace Smtpd.Server.Storage;

/// <summary>Content in pooled memory up to <see cref="StorageOptions.InlineBytes"/>, in a spool file beyond, or when memory is short.</summary>
internal sealed class SpooledContent : IMessageContent
{
    private const int FirstBlock = 4 * 1024;
    private const int WriteBlock = 64 * 1024;

    private readonly MessageId id;
    private readonly ContentFiles files;
    private readonly ByteBudget budget;

    // Without a file: everything so far. With one: what was not written yet.
    private byte[] buffer = [];
    private int buffered;
    private long reserved;
    private long written;
    private SafeFileHandle? file;
    private IncrementalHash? hash;
    private byte[]? beginning;
    private byte[]? finished;
    private bool kept;
    private bool isAnothers; // what is kept under our id
    private bool failed;

    public SpooledContent(MessageId id, ContentFiles files, ByteBudget budget, long? declaredSize)
    {
        this.id = id;
        this.files = files;
        this.budget = budget;
        if (declaredSize is > FirstBlock and <= StorageOptions.InlineBytes)
            TryGrow((int)declaredSize.Value);
    }

    public long Length => written + buffered;

    /// <summary>Whether the content is, or will be, in a file of its own.</summary>
    public bool IsInFile => file is not null || kept;

    /// <summary>All of the content, if it is not in a file.</summary>
    public ReadOnlySpan<byte> Octets => buffer.AsSpan(0, buffered);

    /// <summary>The same, until this is disposed.</summary>
    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, buffered);

    public ReadOnlySpan<byte> Beginning => IsInFile ? ReadBeginning() : Octets;

    public void Append(ReadOnlySpan<byte> octets)
    {
        if (failed)
            throw new StoreUnavailableException("The content could not be kept.");
        try
        {
            if (file is null)
            {
                if (buffered + (long)octets.Length <= StorageOptions.InlineBytes && TryGrow(buffered + octets.Length))
                {
                    octets.CopyTo(buffer.AsSpan(buffered));
                    buffered += octets.Length;
                    return;
                }

                Spill();
            }

            Spool(octets);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failed = true;
            throw StorageFailure.From("The spool file cannot be written", e);
        }
    }

    /// <summary>The end: the hash, and for a file its way to the disk under its final name. Once is enough, also for a second try at storing.</summary>
    public async ValueTask<byte[]> FinishAsync() => finished ??= await FinishOnceAsync();

    /// <summary>The message is stored: the file is the store's now.</summary>
    public void Release()
    {
        file?.Dispose();
        file = null;
        kept = false;
    }

    public ValueTask DisposeAsync()
    {
        if (IsInFile)
        {
            Release();
            files.Delete(id, isKept: !isAnothers);
        }

        hash?.Dispose();
        hash = null;
        ReturnBuffer(ref buffer);
        if (beginning is not null)
            ReturnBuffer(ref beginning);
        beginning = null;
        budget.GiveBack(reserved);
        reserved = 0;
        buffered = 0;
        return ValueTask.CompletedTask;
    }

    private async ValueTask<byte[]> FinishOnceAsync()
    {
        if (failed)
            throw new StoreUnavailableException("The content could not be kept.");
        if (file is null)
            return SHA256.HashData(Octets);
        try
        {
            FlushToFile();
            kept = true; // before it is: what was begun is also removed
            await files.KeepAsync(file, id);
            return hash!.GetHashAndReset();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failed = true;
            isAnothers = e is ContentTakenException;
            throw StorageFailure.From("The content file cannot be written", e);
        }
    }

    private static void ReturnBuffer(ref byte[] block)
    {
        if (block.Length > 0)
            ArrayPool<byte>.Shared.Return(block);
        block = [];
    }

    // Doubling, so that every octet is copied at most once more on average; memory is taken for octets received, not announced beyond 256 KiB.
    private bool TryGrow(int needed)
    {
        if (needed <= buffer.Length)
            return true;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstBlock, Math.Min(buffer.Length * 2, StorageOptions.InlineBytes))));
        var more = larger.Length - reserved;
        if (!budget.TryTake(more))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        reserved += more;
        Octets.CopyTo(larger);
        ReturnBuffer(ref buffer);
        buffer = larger;
        return true;
    }

    private void Spill()
    {
        file = files.CreateSpoolFile(id);
        hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FlushToFile();
        // From here on one block per message, whatever the budget says: less would make every write a small one.
        ReturnBuffer(ref buffer);
        budget.GiveBack(reserved);
        reserved = 0;
        buffer = ArrayPool<byte>.Shared.Rent(WriteBlock);
    }

    private void Spool(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var some = Math.Min(octets.Length, buffer.Length - buffered);
            octets[..some].CopyTo(buffer.AsSpan(buffered));
            octets = octets[some..];
            buffered += some;
            if (buffered == buffer.Length)
                FlushToFile();
        }
    }

    private void FlushToFile()
    {
        if (buffered == 0)
            return;
        files.Write(file!, Octets, written);
        hash!.AppendData(Octets);
        written += buffered;
        buffered = 0;
    }

    private ReadOnlySpan<byte> ReadBeginning()
    {
        try
        {
            FlushToFile();
            beginning ??= ArrayPool<byte>.Shared.Rent(HeaderBlock.MaximumLength);
            int read = 0, some;
            while (read < beginning.Length && (some = RandomAccess.Read(file!, beginning.AsSpan(read), read)) > 0)
                read += some;
            return beginning.AsSpan(0, read);
        }
        catch (IOException e)
        {
            failed = true;
            throw StorageFailure.From("The spool file cannot be read", e);
        }
    }
}
