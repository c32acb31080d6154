using System.Globalization;
using System.Net;
using Smtpd.Peer;
using SmtpServer;
using ServiceProvider = SmtpServer.ComponentModel.ServiceProvider;

// The library at its defaults: what it is measured with is the least that a program on it must say.
var options = new SmtpServerOptionsBuilder().ServerName("bench.test").MaxMessageSize(60_000_000)
    .Endpoint(each => each.Endpoint(new IPEndPoint(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture)))).Build();
ServiceProvider services = new();
services.Add(new Forgetful());
await new SmtpServer.SmtpServer(options, services).StartAsync(CancellationToken.None);
