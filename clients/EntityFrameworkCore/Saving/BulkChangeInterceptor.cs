using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>
/// Sends the trace and the actor with <c>ExecuteUpdate</c> and <c>ExecuteDelete</c>. Rows of a SELECT do not count as affected, so the
/// calls return the same counts.
/// </summary>
internal sealed class BulkChangeInterceptor : DbCommandInterceptor
{
    public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
    {
        Prepend(command, eventData);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Prepend(command, eventData);
        return new(result);
    }

    private static void Prepend(DbCommand command, CommandEventData eventData)
    {
        if (eventData is not { CommandSource: CommandSource.ExecuteUpdate or CommandSource.ExecuteDelete, Context: { } context }
            || SavingContext.Of(context) is not { IsEmpty: false } saving)
        {
            return;
        }

        command.CommandText = SavingContext.Statement + Environment.NewLine + command.CommandText;
        Add(command, SavingContext.TraceParentParameter, saving.TraceParent);
        Add(command, SavingContext.ActorParameter, saving.Actor);
    }

    private static void Add(DbCommand command, string name, string? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? "";
        command.Parameters.Add(parameter);
    }
}
