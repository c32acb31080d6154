namespace Smtpd.Server.Tests;

/// <summary>Files of the repository that tests print or read.</summary>
internal static class RepositoryFile
{
    public static string Path(string relative)
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "Smtpd.slnx")))
            directory = directory.Parent;
        return System.IO.Path.Combine(directory!.FullName, relative);
    }
}
