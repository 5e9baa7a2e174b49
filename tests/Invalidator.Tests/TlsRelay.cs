using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using LastMile.Events.Testing;

namespace Invalidator.Tests;

/// <summary>Terminates TLS in front of a server without TLS, as a load balancer does.</summary>
internal sealed class TlsRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly X509Certificate2 certificate;
    private readonly int target;
    private readonly Task accepting;

    public TlsRelay(int target, TestAuthority authority)
    {
        (this.target, certificate) = (target, X509Certificate2.CreateFromPemFile(authority.CertificateFile, authority.KeyFile));
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await accepting;
        listener.Dispose();
        certificate.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relayed = new List<Task>();
        try
        {
            while (true)
                relayed.Add(RelayAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relayed);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        try
        {
            using var server = new TcpClient();
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stopping.Token);
            await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
            await Task.WhenAny(tls.CopyToAsync(server.GetStream(), stopping.Token), server.GetStream().CopyToAsync(tls, stopping.Token));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client does not trust the certificate, or one side has disconnected.
        }
        finally
        {
            client.Dispose();
        }
    }
}
