using System.Net;
using System.Net.Sockets;

namespace LastMile.Events.Fabric;

/// <summary>
/// A TCP relay on loopback that simulates a long-distance link. It adds latency in each direction, and can be cut and mended.
/// </summary>
public sealed class WanLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private volatile IPEndPoint? target;
    private readonly CancellationTokenSource closing = new();
    private readonly Lock gate = new();
    private readonly HashSet<RelayedConnection> connections = [];
    private readonly Task accepting;
    private long delayTicks;

    /// <summary>Starts relaying to a target on this machine.</summary>
    /// <param name="targetPort">The loopback port to relay to; nothing needs to listen there yet.</param>
    public WanLink(int targetPort)
        : this(new IPEndPoint(IPAddress.Loopback, targetPort))
    {
    }

    /// <summary>
    /// Starts relaying to whatever target on this machine a caller names, as an HTTP proxy does: one link to all nodes of a cluster, for
    /// clients with the option <c>tunnel=http:…</c>.
    /// </summary>
    public WanLink()
        : this(target: null)
    {
    }

    private WanLink(IPEndPoint? target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The loopback port to connect to; it stays the same through cuts.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The latency that the link adds in each direction. A change applies to bytes that arrive from then on.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref delayTicks));
        set => Interlocked.Exchange(ref delayTicks, value.Ticks);
    }

    /// <summary>True between <see cref="Cut"/> and <see cref="Mend"/>.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Resets all connections, discards data in flight, and rejects new connections.</summary>
    public void Cut()
    {
        lock (gate)
        {
            IsCut = true;
            ResetConnections();
        }
    }

    /// <summary>
    /// Delivers nothing, and keeps all connections open, until <see cref="Unstall"/>. Neither end can see it: a half-open connection.
    /// </summary>
    public void Stall() => Delay = TimeSpan.FromDays(1);

    /// <summary>Ends a stall: resets the stalled connections, and relays new ones without a delay.</summary>
    public void Unstall()
    {
        Delay = TimeSpan.Zero;
        lock (gate)
            ResetConnections();
    }

    /// <summary>Resets all connections and sends new ones to another target.</summary>
    /// <param name="targetPort">The loopback port of the new target.</param>
    public void Redirect(int targetPort)
    {
        target = new IPEndPoint(IPAddress.Loopback, targetPort);
        lock (gate)
            ResetConnections();
    }

    /// <summary>Accepts new connections again.</summary>
    public void Mend()
    {
        lock (gate)
            IsCut = false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        Cut();
        await accepting;
        listener.Dispose();
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                // The port stays bound while the link is cut, so that no other process can take it. Rejected callers get a reset.
                Relay(await listener.AcceptSocketAsync(closing.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The caller closed the connection before it was accepted.
            }
        }
    }

    private void ResetConnections()
    {
        foreach (var connection in connections)
            connection.Dispose();
    }

    private void Relay(Socket caller)
    {
        var connection = new RelayedConnection(caller, target, () => Delay);
        lock (gate)
        {
            if (IsCut)
            {
                connection.Dispose();
                return;
            }

            connections.Add(connection);
        }

        _ = RunAsync(connection);
    }

    private async Task RunAsync(RelayedConnection connection)
    {
        await connection.RunAsync();
        lock (gate)
            connections.Remove(connection);
    }
}
