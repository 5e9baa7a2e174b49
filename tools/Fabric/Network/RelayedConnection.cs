using System.Net;
using System.Net.Sockets;

namespace LastMile.Events.Fabric;

/// <summary>One connection through a <see cref="WanLink"/>: two sockets and a delayed stream in each direction.</summary>
/// <param name="caller">The accepted connection.</param>
/// <param name="target">The target; null if the caller names it, as to an HTTP proxy.</param>
/// <param name="delay">The latency in each direction.</param>
internal sealed class RelayedConnection(Socket caller, IPEndPoint? target, Func<TimeSpan> delay) : IDisposable
{
    private readonly Socket callee = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public async Task RunAsync()
    {
        try
        {
            await callee.ConnectAsync(target ?? await HttpTunnel.ReceiveTargetAsync(caller));
            if (target is null)
                await HttpTunnel.AcceptAsync(caller);
            caller.NoDelay = callee.NoDelay = true;
            var there = new DelayedStream(delay).RunAsync(caller, callee);
            var back = new DelayedStream(delay).RunAsync(callee, caller);
            await await Task.WhenAny(there, back);
            // One side has finished sending. Deliver the other side's remaining data, as a half-closed connection would.
            await Task.WhenAll(there, back);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // An end closed, nothing listens at the target, or the link was cut. Dispose resets the other end.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Resets both ends at once and discards data in flight.</summary>
    public void Dispose()
    {
        caller.Close(timeout: 0);
        callee.Close(timeout: 0);
    }
}
