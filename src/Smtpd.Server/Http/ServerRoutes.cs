using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Settings;

namespace Smtpd.Server.Http;

/// <summary>What a client must know to send mail here.</summary>
internal static class ServerRoutes
{
    public static void MapServer(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/server", Find).For(RouteAccess.Users)
            .Describe("Server", "findServer", "The version of the server, and where and how it takes mail.", it => it.Answer(ApiJson.Default.ServerView, Examples.Server));

    private static JsonHttpResult<ServerView> Find(HttpRequest request, ServerState state, ServerSettings settings)
    {
        var hasTls = settings.Smtp.Tls.IsOffered;
        var smtp = state.MailEndPoints.Select(each => new SmtpEndpointView(HostFor(each.Bound, request), each.Bound.Port, each.Kind switch
        {
            ServerSettings.EndpointKind.Smtps => SmtpEndpointTls.Implicit,
            _ => hasTls ? SmtpEndpointTls.StartTls : SmtpEndpointTls.None,
        }));
        return TypedResults.Json(new ServerView(ServeCommand.Version, [.. smtp], hasTls || settings.Smtp.AllowInsecureAuth), ApiJson.Default.ServerView);
    }

    // Whoever reached us by a name reaches SMTP by it, too, unless that listens on one address only.
    private static string HostFor(IPEndPoint bound, HttpRequest request) =>
        bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any) ? request.Host.Host : bound.Address.ToString();
}

/// <param name="Authentication">Whether users can log in on a connection that may still be in clear.</param>
internal sealed record ServerView(string Version, IReadOnlyList<SmtpEndpointView> Smtp, bool Authentication);

/// <summary>Where mail is taken from whoever comes; not from proxies, LMTP clients and unix sockets.</summary>
internal sealed record SmtpEndpointView(string Host, int Port, [property: JsonConverter(typeof(CamelCase<SmtpEndpointTls>))] SmtpEndpointTls Tls);

internal enum SmtpEndpointTls
{
    None,
    StartTls,
    Implicit,
}
