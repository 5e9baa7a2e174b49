using System.Globalization;
using System.Reflection;
using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LastMile.Events.Hosting;

/// <summary>
/// Rejects query parameters that an endpoint does not have, and values that it can't parse. The framework ignores the former, and responds
/// to the latter with internal types and names.
/// </summary>
public static class StrictParameters
{
    private const int ShownLength = 60;

    /// <summary>Checks each request to an endpoint. Call it after authorization.</summary>
    /// <param name="app">The service.</param>
    public static void UseStrictParameters(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint && Fault(endpoint, context.Request) is { } fault)
            await Results.Problem(fault, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        else
            await next(context);
    });

    private static string? Fault(RouteEndpoint endpoint, HttpRequest request)
    {
        IParameterBindingMetadata[] parameters = [.. endpoint.Metadata.OfType<IParameterBindingMetadata>().Where(IsFromUrl)];
        string[] known =
            [.. parameters.Select(parameter => parameter.Name).Where(name => endpoint.RoutePattern.GetParameter(name) is null)];
        var unknown = request.Query.Keys.FirstOrDefault(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase));
        return unknown is null
            ? parameters.Select(parameter => Unreadable(parameter, request)).FirstOrDefault(fault => fault is not null)
            : Unknown(unknown, known, $"{request.Method} {Shown(request.Path.Value ?? "")}");
    }

    // Returns whether a parameter comes from the route or the query: not from the body, a header or a service.
    private static bool IsFromUrl(IParameterBindingMetadata parameter) =>
        (parameter.HasTryParse || parameter.ParameterInfo.ParameterType == typeof(string))
        && !parameter.ParameterInfo.GetCustomAttributes()
            .Any(attribute => attribute is IFromHeaderMetadata or IFromBodyMetadata or IFromServiceMetadata);

    private static string Unknown(string key, string[] known, string operation)
    {
        if (known.Length == 0)
            return $"{operation} takes no query parameters: leave out '{Shown(key)}'.";
        var meant = NearestName.To(key, known) is { } near ? $" Did you mean '{near}'?" : "";
        return $"{operation} takes no query parameter '{Shown(key)}'.{meant} It takes: {string.Join(", ", known)}.";
    }

    private static string? Unreadable(IParameterBindingMetadata parameter, HttpRequest request)
    {
        var type = parameter.ParameterInfo.ParameterType;
        var given = request.RouteValues.TryGetValue(parameter.Name, out var value)
            ? value as string
            : (string?)request.Query[parameter.Name];
        return given is null || Form(Nullable.GetUnderlyingType(type) ?? type, given) is not { } form
            ? null
            : $"{parameter.Name} must be {form}; it is '{Shown(given)}'.";
    }

    // Returns the required form of a type's values; null when the given value has it.
    private static string? Form(Type type, string given) => type switch
    {
        _ when type == typeof(Guid) && !Guid.TryParse(given, out _) => "a UUID, such as 019a7c1e-52b1-7d0e-9a55-0c6c3f8f5d11",
        _ when type == typeof(int) && !int.TryParse(given, CultureInfo.InvariantCulture, out _) => "a whole number",
        _ => null,
    };

    private static string Shown(string text)
    {
        var cut = text.Length > ShownLength ? text[..(ShownLength - 1)] + "…" : text;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\ufffd' : c));
    }
}
