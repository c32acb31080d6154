using System.Globalization;
using System.Net.Sockets;
using Smtpd.Load;

InlineCompletions.SwitchOn();

try
{
    if (args is ["bare", var port])
    {
        using BareServer bare = new(int.Parse(port, CultureInfo.InvariantCulture));
        await bare.RunAsync(CancellationToken.None);
    }

    if (args is ["guard", var smtpd])
        return await Guard.RunAsync(smtpd);
    if (args is ["compare", .. var comparison])
        return await Comparison.RunAsync(ComparisonOptions.Parse(comparison));

    var result = await LoadRun.RunAsync(LoadOptions.Parse(args));
    Console.WriteLine(result.ToJson());
    Console.WriteLine(result.ToMarkdown());
    if (result.Errors > 0)
        await Console.Error.WriteLineAsync($"{result.Errors} errors, the first: {result.FirstError}");
    return result.Errors == 0 ? 0 : 1;
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or SocketException or UnexpectedReplyException)
{
    await Console.Error.WriteLineAsync(e is OperationCanceledException ? "The run took longer than --timeout allows." : e.Message);
    return 1;
}
