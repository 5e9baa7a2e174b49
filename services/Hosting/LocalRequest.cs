using System.Net;
using Microsoft.AspNetCore.Http;

namespace LastMile.Events.Hosting;

/// <summary>Recognizes requests that come from this machine and name it. A service without API keys has no other protection.</summary>
public static class LocalRequest
{
    /// <summary>
    /// Returns whether a request comes from this machine. Forwarded requests do not count: a proxy on this machine may accept requests from
    /// anywhere.
    /// </summary>
    /// <param name="context">The request.</param>
    public static bool IsFromThisMachine(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Connection.RemoteIpAddress is { } address
            && IsLoopback(address)
            && !context.Request.Headers.ContainsKey("Forwarded")
            && !context.Request.Headers.ContainsKey("X-Forwarded-For");
    }

    /// <summary>
    /// Returns whether a request names this machine as its host. Another site can make its name resolve to 127.0.0.1, so that its pages
    /// send requests from a browser on this machine (DNS rebinding). Those requests name that site.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="otherNames">Accepted names in addition to localhost and loopback addresses.</param>
    public static bool NamesThisMachine(HttpRequest request, params IEnumerable<string> otherNames)
    {
        ArgumentNullException.ThrowIfNull(request);
        var host = request.Host.Host;
        return host.Length == 0
            || otherNames.Append("localhost").Contains(host, StringComparer.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsLoopback(address));
    }

    /// <summary>Rejects requests from this machine that name another host: an endpoint filter.</summary>
    /// <param name="context">The request.</param>
    /// <param name="next">The endpoint.</param>
    public static async ValueTask<object?> RejectOtherHostsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        return !IsFromThisMachine(context.HttpContext) || NamesThisMachine(context.HttpContext.Request)
            ? await next(context)
            : Results.Problem(
                $"The request names the host '{context.HttpContext.Request.Host.Host}', which is not this machine. "
                    + "Use localhost or a loopback address.",
                statusCode: StatusCodes.Status403Forbidden);
    }

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
