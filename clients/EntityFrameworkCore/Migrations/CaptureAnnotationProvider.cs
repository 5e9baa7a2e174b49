using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>
/// Annotates tables with the purge rules of their entities, so that the comparison of two models finds a change of the rules.
/// </summary>
internal sealed class CaptureAnnotationProvider(InnerServices services, IServiceProvider provider) : IRelationalAnnotationProvider
{
    private readonly IRelationalAnnotationProvider inner = services.Create<IRelationalAnnotationProvider>(provider);

    public IEnumerable<IAnnotation> For(ITable table, bool designTime) =>
        designTime && CaptureDeclaration.Of(table) is { } declaration
            ? inner.For(table, designTime).Append(new Annotation(CaptureDeclaration.Annotation, declaration.ToJson()))
            : inner.For(table, designTime);

    public IEnumerable<IAnnotation> For(IRelationalModel model, bool designTime) => inner.For(model, designTime);

    public IEnumerable<IAnnotation> For(IColumn column, bool designTime) => inner.For(column, designTime);

    public IEnumerable<IAnnotation> For(IView view, bool designTime) => inner.For(view, designTime);

    public IEnumerable<IAnnotation> For(IViewColumn column, bool designTime) => inner.For(column, designTime);

    public IEnumerable<IAnnotation> For(ISqlQuery sqlQuery, bool designTime) => inner.For(sqlQuery, designTime);

    public IEnumerable<IAnnotation> For(ISqlQueryColumn column, bool designTime) => inner.For(column, designTime);

    public IEnumerable<IAnnotation> For(IStoreFunction function, bool designTime) => inner.For(function, designTime);

    public IEnumerable<IAnnotation> For(IStoreFunctionParameter parameter, bool designTime) => inner.For(parameter, designTime);

    public IEnumerable<IAnnotation> For(IFunctionColumn column, bool designTime) => inner.For(column, designTime);

    public IEnumerable<IAnnotation> For(IStoreStoredProcedure storedProcedure, bool designTime) => inner.For(storedProcedure, designTime);

    public IEnumerable<IAnnotation> For(IStoreStoredProcedureParameter parameter, bool designTime) => inner.For(parameter, designTime);

    public IEnumerable<IAnnotation> For(IStoreStoredProcedureResultColumn column, bool designTime) => inner.For(column, designTime);

    public IEnumerable<IAnnotation> For(IUniqueConstraint constraint, bool designTime) => inner.For(constraint, designTime);

    public IEnumerable<IAnnotation> For(ITableIndex index, bool designTime) => inner.For(index, designTime);

    public IEnumerable<IAnnotation> For(IForeignKeyConstraint foreignKey, bool designTime) => inner.For(foreignKey, designTime);

    public IEnumerable<IAnnotation> For(ISequence sequence, bool designTime) => inner.For(sequence, designTime);

    public IEnumerable<IAnnotation> For(ICheckConstraint checkConstraint, bool designTime) => inner.For(checkConstraint, designTime);

    public IEnumerable<IAnnotation> For(ITrigger trigger, bool designTime) => inner.For(trigger, designTime);
}
