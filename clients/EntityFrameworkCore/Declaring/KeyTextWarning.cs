using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Logs <see cref="LastMileEventId.KeyTextDiffersFromToString"/> according to the context's <c>ConfigureWarnings</c>.</summary>
internal static class KeyTextWarning
{
    private const string Message =
        "Purge rules show properties whose text in keys differs from their ToString(): {Properties}. "
            + "A reader that writes such a key as $\"product:{{value}}\" misses its purges. "
            + "Get keys from db.CacheKey<TEntity>(…) or db.CacheKeys(entity), then ignore LastMileEventId.KeyTextDiffersFromToString.";

    public static void Log(IDiagnosticsLogger<DbLoggerCategory.Model.Validation> logger, IEnumerable<string> properties)
    {
        var named = string.Join(", ", properties);
        var definition = new EventDefinition<string>(
            logger.Options,
            LastMileEventId.KeyTextDiffersFromToString,
            LogLevel.Warning,
            $"{nameof(LastMileEventId)}.{nameof(LastMileEventId.KeyTextDiffersFromToString)}",
            level => LoggerMessage.Define<string>(level, LastMileEventId.KeyTextDiffersFromToString, Message));

        if (logger.ShouldLog(definition))
            definition.Log(logger, named);
        if (logger.NeedsEventData(definition, out var toDiagnosticSource, out var toSimpleLog))
        {
            var data = new EventData(definition, (_, _) => definition.GenerateMessage(named));
            logger.DispatchEventData(definition, data, toDiagnosticSource, toSimpleLog);
        }
    }
}
