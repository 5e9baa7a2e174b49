using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace LastMile.Events.Caching.Purges;

/// <summary>
/// A connection to Redis that delivers pushes, which StackExchange.Redis drops. One read and one write may run at the same time, but not
/// two of either.
/// </summary>
internal sealed class RespConnection : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly PipeReader reader;

    private RespConnection(Stream stream) => (this.stream, reader) = (stream, PipeReader.Create(stream));

    /// <summary>Connects to the first server of a configuration.</summary>
    /// <inheritdoc cref="OpenAsync(ConfigurationOptions, EndPoint, CancellationToken)"/>
    public static Task<RespConnection> OpenAsync(ConfigurationOptions options, CancellationToken cancellationToken) =>
        OpenAsync(options, options.EndPoints[0], cancellationToken);

    /// <summary>Connects.</summary>
    /// <param name="options">TLS, if configured.</param>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SocketException">The server does not accept a connection.</exception>
    /// <exception cref="IOException">The TLS handshake failed.</exception>
    /// <exception cref="AuthenticationException">The server's certificate was rejected.</exception>
    public static async Task<RespConnection> OpenAsync(
        ConfigurationOptions options, EndPoint server, CancellationToken cancellationToken) =>
        new(await OpenStreamAsync(options, server, cancellationToken).ConfigureAwait(false));

    /// <summary>Sends a command and waits for its answer. Nothing else may be in flight.</summary>
    public async Task<RespValue> CallAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        await SendAsync(words, cancellationToken).ConfigureAwait(false);
        return await ReceiveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a command.</summary>
    /// <param name="words">The command and its arguments.</param>
    /// <param name="cancellationToken">Cancels the call. The connection is unusable then.</param>
    public async ValueTask SendAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var command = new StringBuilder().Append('*').Append(words.Count).Append("\r\n");
        foreach (var word in words)
            command.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ToString()), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the next value from the server.</summary>
    /// <exception cref="IOException">The server closed the connection.</exception>
    /// <exception cref="FormatException">The server does not speak Redis' protocol.</exception>
    public async ValueTask<RespValue> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var received = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = received.Buffer;
            var value = RespValue.Read(ref buffer);
            reader.AdvanceTo(buffer.Start, value is null ? buffer.End : buffer.Start);
            if (value is not null)
                return value;
            if (received.IsCompleted)
                throw new EndOfStreamException("The server closed the connection.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await reader.CompleteAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<Stream> OpenStreamAsync(ConfigurationOptions options, EndPoint server, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? opened = null;
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(options.ConnectTimeout);
            await socket.ConnectAsync(server, timeout.Token).ConfigureAwait(false);
            opened = new NetworkStream(socket, ownsSocket: true);
            if (options.Ssl)
                opened = await SecureAsync(opened, options, server, timeout.Token).ConfigureAwait(false);
            return opened;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await CloseAsync(socket, opened).ConfigureAwait(false);
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            await CloseAsync(socket, opened).ConfigureAwait(false);
            throw;
        }
    }

    // As StackExchange.Redis secures the connection for the data.
    private static async Task<Stream> SecureAsync(
        Stream plain, ConfigurationOptions options, EndPoint server, CancellationToken cancellationToken)
    {
        // Only TlsOptions shows the handlers of a configuration's events. If a later version changes this preview, the feed fails, and the
        // process serves nothing from memory.
#pragma warning disable SER009
        var tls = new TlsOptions(options);
#pragma warning restore SER009
        var host = tls.ResolveHost(server);
        var secured = new SslStream(
            plain, leaveInnerStreamOpen: false, tls.CertificateValidationCallback, tls.CertificateSelectionCallback);
        var authentication = tls.GetSslClientAuthenticationOptions(host) ?? new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = tls.SslProtocols ?? SslProtocols.None,
            // As StackExchange.Redis, which does not check for revocation unless the protocols are set.
            CertificateRevocationCheckMode = tls is { SslProtocols: not null, CheckCertificateRevocation: true }
                ? X509RevocationMode.Online
                : X509RevocationMode.NoCheck,
        };
        await secured.AuthenticateAsClientAsync(authentication, cancellationToken).ConfigureAwait(false);
        return secured;
    }

    private static async ValueTask CloseAsync(Socket socket, Stream? opened)
    {
        if (opened is not null)
            await opened.DisposeAsync().ConfigureAwait(false);
        socket.Dispose();
    }
}
